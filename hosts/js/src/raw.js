// Instances of a module whose exports the host calls itself.

import { Core } from "./core.js";
import { stableExports } from "./exports.js";
import { sharedImports, wrapImports } from "./imports.js";

export class RawCore extends Core {
  #stable;
  #importsFor;

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
    /** What the host sees in the place of a memory. */
    this.view = this.#stable.memory;
  }

  make(generation) {
    return new WebAssembly.Instance(this.module, this.#importsFor(this, generation));
  }

  makeLater(generation) {
    return WebAssembly.instantiate(this.module, this.#importsFor(this, generation));
  }

  bind({ exports }) {
    if (this.generation === 1) this.#stable.named(exports);
    this.#stable.bind(exports);
  }
}

/** Imports for an instance, by its generation. */
function importer(module, imports) {
  const shared = sharedImports(module);
  if (typeof imports !== "function" && shared.length > 0) {
    const [{ module: from, name, kind }] = shared;
    throw new TypeError(
      `the module imports a ${kind} (${from}.${name}): \`imports\` must be a function that makes a new one for each instance`,
    );
  }
  return (core, generation) => {
    const given = typeof imports === "function" ? imports(generation) : imports;
    const memory = shared.find(({ kind }) => kind === "memory");
    if (memory !== undefined) core.imported = given?.[memory.module]?.[memory.name];
    return wrapImports(core, given, generation);
  };
}
