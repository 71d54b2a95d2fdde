// Imports, wrapped so that what they throw is known to be theirs.

import { isTrapLike } from "./traps.js";

/**
 * @param {import("./core.js").Core} core
 * @param {WebAssembly.Imports} imports
 * @param {number} generation of the instance that they are for
 */
export function wrapImports(core, imports = {}, generation) {
  const wrapped = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(core.module)) {
    const value = imports[module]?.[name];
    wrapped[module] ??= {};
    wrapped[module][name] = kind === "function" && typeof value === "function" ? wrap(core, value, generation) : value;
  }
  return wrapped;
}

function wrap(core, f, generation) {
  const { foreign, lender } = core;
  return (...args) => {
    for (let at = 0; at < args.length; at++) {
      if (typeof args[at] === "function") args[at] = lender.out(args[at], generation);
    }
    // A start function calls imports before its instance is open.
    const before = core.closed;
    let result;
    try {
      result = f(...args);
    } catch (e) {
      if (isTrapLike(e)) foreign.add(e);
      throw e;
    }
    // What is nested in this import failed: nothing may go on. Modules see to that
    // themselves, but for those that were linked with `--unpoison-guard=off`.
    if (core.closed && !before) throw core.refusal();
    return lender.any ? lender.in(result) : result;
  };
}

/** Imports that carry state from one instance to the next unless the host renews them. */
export function sharedImports(module) {
  const carries = ({ kind }) => kind === "memory" || kind === "table";
  return WebAssembly.Module.imports(module).filter(carries);
}
