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
import { outcome, room, settle, shared } from "./thread.mjs";

if (isMainThread) {
  const { calls, rounds } = JSON.parse(readFileSync(0, "utf8"));
  const module = new WebAssembly.Module(readFileSync(process.argv[2]));
  const memory = shared();
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host: (n) => n } });
  // How many threads are ready, and whether they may begin.
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const threads = calls.map((name, id) => {
    const data = { module, memory, name, rounds, id, gate, ...room(exports) };
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
  const { module, memory, name, rounds, id, gate } = workerData;
  // Those that wait do so until the others had time to fail.
  const host = (n) => {
    begin();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    return n;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host } });
  settle(exports, workerData);
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
