// Options of the entry that `npx unpoison worker-build` makes.
export default {
  // A request that another one took the instance from is made again, if it only reads.
  retries: 5,
};
