// What a recovered module offers in the place of its instances' exports.

import { RecoveredMemory } from "./memory.js";

/**
 * @param {import("./core.js").Core} core
 * @returns {{exports: object, memory: RecoveredMemory, bind: (exports: WebAssembly.Exports) => void,
 *   named: (exports: WebAssembly.Exports) => void}} exports that stay the same; what points
 *   them to another instance; what gives them the names and lengths that engines give
 */
export function stableExports(core) {
  const exports = {};
  const binders = [];
  let memory;
  for (const { name, kind } of WebAssembly.Module.exports(core.module)) {
    if (name.startsWith("__unpoison_")) continue;
    const current = () => core.instance.exports[name];
    if (kind === "function") {
      const stable = core.wrapper();
      binders.push((from) => stable.bind(from[name]));
      exports[name] = stable.call;
    } else if (kind === "memory") {
      exports[name] = new RecoveredMemory(core, current);
      memory ??= exports[name];
    } else if (kind === "table") {
      exports[name] = new RecoveredTable(core, current);
    } else if (kind === "global") {
      exports[name] = new RecoveredGlobal(core, current);
    } else {
      Object.defineProperty(exports, name, { get: current, enumerable: true });
    }
  }
  const bind = (from) => {
    for (const binder of binders) binder(from);
  };
  // One that is imported has no name here.
  memory ??= new RecoveredMemory(core, () => core.memory);
  return { exports: Object.freeze(exports), memory, bind, named: (from) => nameAll(exports, from) };
}

/** What engines say of an exported function: its length is the number of parameters. */
function nameAll(exports, from) {
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== "function") continue;
    Object.defineProperty(value, "name", { value: name });
    Object.defineProperty(value, "length", { value: from[name].length });
  }
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
