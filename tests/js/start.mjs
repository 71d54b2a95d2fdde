// node start.mjs MODULE: instantiates, calls three times; what came of it as JSON.

import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const host = () => 0;
const env = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, host]));
let answer;
try {
  const { exports } = new WebAssembly.Instance(module, { env });
  const next = [exports.enter_u32(0), exports.enter_i64(0x5a5a5an) === 0x5a5a5an ? 0 : 1, exports.enter_f32(0)];
  answer = { started: true, state: exports.__unpoison_state.value, next };
} catch (e) {
  // The tag is exported by an instance that never was.
  answer = { started: false, thrown: e instanceof WebAssembly.Exception ? "Exception" : `${e}` };
}
process.stdout.write(JSON.stringify(answer));
