// node split.mjs PRIMARY SECONDARY > CAME
//
// The fixture `kinds` in two halves, as wasm-split leaves it: the second is fetched when
// something in it is called first. What came of a failure and of the next call, as JSON: a
// tag or a value for each, on an instance for each failure.

import { readFileSync } from "node:fs";
import { outcome } from "./outcome.mjs";

const [primary, secondary] = process.argv.slice(2).map((path) => new WebAssembly.Module(readFileSync(path)));
const table = WebAssembly.Module.exports(primary).find(({ kind }) => kind === "table").name;

function instance() {
  const made = { fetched: false };
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(primary)) {
    (imports[module] ??= {})[name] = (...args) => {
      new WebAssembly.Instance(secondary, { primary: made.exports });
      made.fetched = true;
      return made.exports[table].get(Number(name))(...args);
    };
  }
  made.exports = new WebAssembly.Instance(primary, imports).exports;
  return made;
}

const came = [["formatted", -3], ["abort_outlined", 1], ["alloc_box"], ["add", 2, 2]].map((call) => {
  const made = instance();
  const outcomes = [call, ["add", 1, 2]].map(([name, ...args]) => {
    const { ok, exception, ...other } = outcome(made.exports, () => made.exports[name](...args));
    return ok ?? exception?.tag ?? other;
  });
  // `add` alone may do without: wasm-split was told to keep it.
  if (!made.fetched && call[0] !== "add") throw new Error(`${call[0]} is in the first half`);
  return outcomes;
});
process.stdout.write(JSON.stringify(came));
