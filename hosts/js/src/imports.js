// Imports, wrapped so that what they throw is known to be theirs.

import { given, isObject } from "./values.js";

/**
 * @param {import("./core.js").Core} core
 * @param {WebAssembly.Imports} imports
 * @param {number} generation of the instance that they are for
 */
export function wrapImports(core, imports = {}, generation) {
  const wrapped = Object.create(null);
  for (const { module, name, kind } of WebAssembly.Module.imports(core.module)) {
    const value = given(given(imports, module), name);
    wrapped[module] ??= Object.create(null);
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
    // A start function calls imports before its instance is open: nobody gets into one.
    const starts = generation > core.generation;
    const before = core.broken;
    core.outs++;
    if (starts) core.depth++;
    let result;
    try {
      result = f(...args);
      if (lender.any) result = lender.in(result, generation);
    } catch (e) {
      if (isObject(e)) foreign.add(e);
      core.thrownAt = core.outs;
      core.thrown = e;
      core.meant = false;
      throw e;
    } finally {
      if (starts) core.depth--;
    }
    // What is nested in this import failed: nothing may go on. Modules see to that
    // themselves, but for those that were linked with `--unpoison-guard=off`.
    if (core.broken && !before) throw core.refusal();
    return result;
  };
}

/** Imports that carry state from one instance to the next unless the host renews them. */
export function sharedImports(module) {
  const carries = ({ kind }) => kind === "memory" || kind === "table";
  return WebAssembly.Module.imports(module).filter(carries);
}
