// node --expose-gc soak.mjs TREE: one million calls, a failure and a fresh instance
// every thousand; prints what the process holds after each tenth, in bytes.

import { readFileSync } from "node:fs";

const CALLS = 1_000_000;
const EACH = 1_000;

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const host = () => 0;
const env = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, host]));
// panic, abort, failed allocation, out-of-bounds load, exhausted shadow stack
const FAILURES = [20, 21, 22, 30, 36];
const failures = { panic: 0, abort: 0, trap: 0, other: 0 };
const samples = [];

for (let round = 0; round < CALLS / EACH; round++) {
  const exports = instance(FAILURES[round % FAILURES.length]);
  for (let call = 1; call < EACH; call++) exports.enter_u32(0);
  failures[failure(exports)]++;
  if (round % 100 === 99) {
    // Twice: a memory is freed some time after what held it.
    gc();
    await new Promise((done) => setTimeout(done, 10));
    gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    samples.push({ rss, heapUsed, external });
  }
}
process.stdout.write(JSON.stringify({ samples, failures }));

// Node 0 calls the host and returns; node 1 fails.
function instance(operation) {
  const { exports } = new WebAssembly.Instance(module, { env });
  const words = [2, 4, 1, 0, operation, 0];
  const view = new DataView(exports.memory.buffer, exports.program());
  words.forEach((word, at) => view.setUint32(4 * at, word, true));
  return exports;
}

function failure(exports) {
  try {
    exports.enter_u32(1);
    return "other";
  } catch (e) {
    if (e instanceof WebAssembly.RuntimeError) return "trap";
    if (e.is(exports.__unpoison_panic)) return "panic";
    return e.is(exports.__unpoison_abort) ? "abort" : "other";
  }
}
