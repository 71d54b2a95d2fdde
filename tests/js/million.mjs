// node million.mjs UNWIND: a million panics in one instance of the fixture `unwind`, of
// four sorts in turn; prints what it was like after each tenth.

import { readFileSync } from "node:fs";

const TENTH = 100_000;
const SORTS = ["formatted", "any_string", "any_dropping", "resume_dropping"];

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {
  env: { host: () => 0 },
});
const { exports } = instance;
const sorts = SORTS.map((name) => exports[name]);
let [panics, others] = [0, 0];
const tenths = [];

for (let tenth = 0; tenth < 10; tenth++) {
  // Of this process alone: others may have the processor.
  const start = process.cpuUsage();
  for (let call = 0; call < TENTH; call++) {
    try {
      sorts[call % sorts.length](call);
    } catch (e) {
      if (e instanceof WebAssembly.Exception && e.is(exports.__unpoison_panic)) panics++;
      else others++;
    }
  }
  tenths.push({
    time: process.cpuUsage(start).user / 1e3,
    memory: exports.memory.buffer.byteLength,
    stack: exports.stack(),
    panicking: exports.panicking(),
    state: exports.__unpoison_state.value,
  });
}

const [dropped, panicking, payloads] = new Uint32Array(exports.memory.buffer, exports.watch(), 3);
process.stdout.write(JSON.stringify({ panics, others, dropped, panicking, payloads, tenths }));
