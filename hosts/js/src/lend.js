// Functions of an instance that leave it as values: out of a table, as a result, as an
// argument of an import.

import { StaleError } from "./errors.js";

/** The engine's own functions are named by their index. */
const NATIVE = /^function \d+\(\) \{\s*\[native code\]\s*\}$/;

/** Whether a value is a function that some instance exports or has in a table. */
export function isWasmFunction(value) {
  return typeof value === "function" && NATIVE.test(Function.prototype.toString.call(value));
}

/** Functions that are bound to a generation, and what they are bound to. */
export class Lender {
  /** @param {(raw: Function, generation: number) => Function} bind */
  constructor(bind) {
    this.bind = bind;
    this.bound = new WeakMap();
    this.raw = new WeakMap();
    /** Whether there is any. */
    this.any = false;
  }

  /** A value on its way out of an instance. */
  out(value, generation) {
    if (typeof value === "function") return isWasmFunction(value) ? this.function(value, generation) : value;
    // Several results; or an array of the host's, which is handed on as it is.
    if (Array.isArray(value) && value.some(isWasmFunction)) return value.map((item) => this.out(item, generation));
    return value;
  }

  function(raw, generation) {
    let bound = this.bound.get(raw);
    if (bound === undefined) {
      bound = this.bind(raw, generation);
      this.bound.set(raw, bound);
      this.raw.set(bound, { raw, generation });
      this.any = true;
    }
    return bound;
  }

  /** A value on its way into the instance of a generation. One of another stays out. */
  in(value, generation) {
    if (typeof value === "function") {
      const known = this.raw.get(value);
      if (known === undefined) return value;
      if (known.generation !== generation) throw new StaleError("the function", known.generation, generation);
      return known.raw;
    }
    if (Array.isArray(value) && value.some((item) => this.raw.has(item))) return value.map((item) => this.in(item, generation));
    return value;
  }
}
