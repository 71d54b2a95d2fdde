// What drives an engine, as a program: answers one line for each line it is given,
// until there is no more.
//   {"module": path, "tree": …}  →  what `runTree` answers
// A line that begins with "!" says that the host itself failed.

import { createInterface } from "node:readline";

// `walker(path)` makes a module ready; it answers an (async) function of a tree.
export async function serve(walker) {
  const walkers = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      const { module, tree } = JSON.parse(line);
      if (!walkers.has(module)) walkers.set(module, await walker(module));
      answer = JSON.stringify(await walkers.get(module)(tree));
    } catch (e) {
      answer = `!${JSON.stringify(`${e?.stack ?? e}`)}`;
    }
    process.stdout.write(`${answer}\n`);
  }
}
