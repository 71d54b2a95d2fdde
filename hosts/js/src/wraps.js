// Objects of classes that are private to the glue, where an import makes them and hands them to
// the host at once: streams of the crate `wasm-streams` do.

/** What an import of the glue's does that makes an object of a class. */
const WRAPS = /\.__wrap\(/;

/** Whether an import makes objects of a class. */
export const wraps = (f) => typeof f === "function" && WRAPS.test(Function.prototype.toString.call(f));

/**
 * Calls an import, and shows what it makes of a class before anybody gets it. The glue makes
 * objects by `Object.create`, which is another function meanwhile.
 */
export function shown(met, call) {
  const { create } = Object;
  try {
    Object.create = function (...args) {
      return met(Reflect.apply(create, this, args));
    };
  } catch {
    // It is frozen: the class is seen when an object comes by.
    return call();
  }
  try {
    return call();
  } finally {
    Object.create = create;
  }
}
