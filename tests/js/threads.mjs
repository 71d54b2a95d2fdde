// node threads.mjs MODULE < { "calls": [EXPORT, …], "rounds": N } > SEEN
//
// A thread for each call, all of them at once, N rounds each. SEEN has
//   "threads"  for each what came of its rounds, each different answer once, and of `step`
//              afterwards
//   "main"     what came of `step` on the main thread, at the end
// What came of a call is its value, or { tag, kind, text } of an exception.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];

function outcome(exports, memory, call) {
  try {
    return call();
  } catch (e) {
    const tag = TAGS.find((tag) => e instanceof WebAssembly.Exception && e.is(exports[tag]));
    if (!tag) return String(e);
    const words = new Uint32Array(memory.buffer, e.getArg(exports[tag], 0), 13);
    const bytes = new Uint8Array(memory.buffer, words[3], words[4]).slice();
    return { tag, kind: words[1], text: new TextDecoder().decode(bytes) };
  }
}

if (isMainThread) {
  const { calls, rounds } = JSON.parse(readFileSync(0, "utf8"));
  const module = new WebAssembly.Module(readFileSync(process.argv[2]));
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 16384, shared: true });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host: (n) => n } });
  // How many threads are ready, and whether they may begin.
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const threads = calls.map((name, id) => {
    // Nothing puts the stack pointer back where a panic is not sealed off: room for all.
    const stack = exports.room(1 << 20, 16) + (1 << 20);
    const tls = exports.room(exports.__tls_size.value || 1, exports.__tls_align.value || 1);
    const data = { module, memory, name, rounds, id, stack, tls, gate };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
    return new Promise((done, failed) => worker.on("message", done).on("error", failed));
  });
  while (Atomics.load(gate, 0) < calls.length) await new Promise((r) => setTimeout(r, 10));
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
  const seen = await Promise.all(threads);
  const main = outcome(exports, memory, () => exports.step(1));
  console.log(JSON.stringify({ threads: seen, main }));
} else {
  const { module, memory, name, rounds, id, stack, tls, gate } = workerData;
  // Those that wait do so until the others had time to fail.
  const host = (n) => {
    begin();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    return n;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host } });
  exports.__stack_pointer.value = stack;
  exports.__wasm_init_tls(tls);
  function begin() {
    Atomics.add(gate, 0, 1);
    Atomics.wait(gate, 1, 0);
  }
  if (name !== "waits") begin();
  const came = new Set();
  for (let n = 0; n < rounds; n++) {
    came.add(JSON.stringify(outcome(exports, memory, () => exports[name](id))));
  }
  const step = outcome(exports, memory, () => exports.step(1));
  parentPort.postMessage({ came: [...came].map((text) => JSON.parse(text)), step });
  parentPort.close();
}
