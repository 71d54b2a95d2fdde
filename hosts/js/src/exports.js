// What a recovered module offers in the place of its instances' exports.

import { RecoveredMemory } from "./memory.js";

/**
 * @param {import("./core.js").Core} core
 * @returns {{exports: object, first: object, memory: RecoveredMemory,
 *   bind: (exports: WebAssembly.Exports) => void}} exports that stay the same; the same for
 *   who is the first to call a fresh instance; what points both to another instance
 */
export function stableExports(core) {
  const exports = Object.create(null);
  const first = Object.create(null);
  const binders = [];
  let memory;
  for (const { name, kind } of WebAssembly.Module.exports(core.module)) {
    if (name.startsWith("__unpoison_")) continue;
    const current = () => core.instance.exports[name];
    if (kind === "function") {
      for (const [to, early] of [[exports, false], [first, true]]) {
        const { call, bind } = core.wrapper(early);
        binders.push((from) => {
          // What engines say of an exported function: its length is the number of parameters.
          if (core.generation === 1) looksLike(call, name, from[name].length);
          bind(from[name]);
        });
        to[name] = call;
      }
      continue;
    }
    if (kind === "tag") {
      for (const to of [exports, first]) Object.defineProperty(to, name, { get: current, enumerable: true });
      continue;
    }
    const Stable = { memory: RecoveredMemory, table: RecoveredTable, global: RecoveredGlobal }[kind];
    exports[name] = first[name] = new Stable(core, current);
    if (kind === "memory") memory ??= exports[name];
  }
  const bind = (from) => {
    for (const binder of binders) binder(from);
  };
  // One that is imported has no name here.
  memory ??= new RecoveredMemory(core, () => core.memory);
  return { exports: Object.freeze(exports), first: Object.freeze(first), memory, bind };
}

function looksLike(f, name, length) {
  Object.defineProperty(f, "name", { value: name });
  Object.defineProperty(f, "length", { value: length });
}

/** In the place of a `WebAssembly.Table`; to be read only. */
class RecoveredTable {
  #core;
  #table;

  constructor(core, table) {
    this.#core = core;
    this.#table = table;
  }

  get length() {
    this.#core.live();
    return this.#table().length;
  }

  /** A function is bound to the instance that it is of. */
  get(index) {
    this.#core.live();
    return this.#core.lender.out(this.#table().get(index), this.#core.generation);
  }
}

/** In the place of a `WebAssembly.Global`. */
class RecoveredGlobal {
  #core;
  #global;

  constructor(core, global) {
    this.#core = core;
    this.#global = global;
  }

  get value() {
    this.#core.live();
    return this.#global().value;
  }

  set value(value) {
    this.#core.live();
    this.#global().value = value;
  }

  valueOf() {
    return this.value;
  }
}
