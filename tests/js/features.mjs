// node features.mjs MODULE < RUNS > OUTCOMES
//
// As pads.mjs, for modules that import what the linker was told to import.

import { readFileSync } from "node:fs";
import { outcome } from "./outcome.mjs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const runs = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(runs.map(run)));

function run(calls) {
  const memory = new WebAssembly.Memory({ initial: 100, maximum: 65536 });
  const table = new WebAssembly.Table({ initial: 1000, element: "anyfunc" });
  const instance = new WebAssembly.Instance(module, {
    env: { memory, __indirect_function_table: table },
  });
  // An imported memory is not exported.
  const exports = { memory, ...instance.exports };
  return {
    calls: calls.map(([name, ...args]) => outcome(exports, () => exports[name](...args) ?? null)),
    state: exports.__unpoison_state.value,
  };
}
