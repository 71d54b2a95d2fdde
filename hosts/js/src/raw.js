// Instances of a module whose exports the host calls itself.

import { Core } from "./core.js";
import { stableExports } from "./exports.js";
import { sharedImports, wrapImports } from "./imports.js";
import { memoryIn } from "./values.js";

export class RawCore extends Core {
  #stable;
  #importsFor;
  keeps = true;
  /** What calls end with comes from the module itself. */
  direct = true;

  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports | ((generation: number) => WebAssembly.Imports)} imports
   */
  constructor(module, imports, options, checkpoint) {
    super(options, checkpoint);
    this.of(module);
    this.#importsFor = importer(module, imports);
    this.#stable = stableExports(this);
    this.exports = this.#stable.exports;
    /** The same for `init`. */
    this.first = this.#stable.first;
    /** What the host sees in the place of a memory. */
    this.view = this.#stable.memory;
  }

  make(generation) {
    const { imports, memory } = this.#importsFor(this, generation);
    const instance = new WebAssembly.Instance(this.module, imports);
    return { instance, memory: memory ?? memoryIn(instance.exports) };
  }

  async makeLater(generation) {
    const { imports, memory } = this.#importsFor(this, generation);
    const instance = await WebAssembly.instantiate(this.module, imports);
    return () => ({ instance, memory: memory ?? memoryIn(instance.exports) });
  }

  bind({ exports }) {
    this.#stable.bind(exports);
  }
}

/** Imports for an instance, by its generation, and the memory among them. */
function importer(module, imports) {
  const shared = sharedImports(module);
  if (typeof imports !== "function" && shared.length > 0) {
    const [{ module: from, name, kind }] = shared;
    throw new TypeError(
      `the module imports a ${kind} (${from}.${name}): \`imports\` must be a function that makes a new one for each instance`,
    );
  }
  const memory = shared.find(({ kind }) => kind === "memory");
  return (core, generation) => {
    const wrapped = wrapImports(core, typeof imports === "function" ? imports(generation) : imports, generation);
    return { imports: wrapped, memory: memory && wrapped[memory.module][memory.name] };
  };
}
