// node pool.mjs MODULE < { "threads": N, "calls": [[END, AT, KIND], …] } > SEEN
//
// Calls of `adds` in turn, which a pool of N threads works at. SEEN has
//   "calls"    what came of each, with the milliseconds it took
//   "threads"  for each thread what came of it, and the milliseconds since the last call began;
//              nothing for those that still run after a while

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { outcome, room, settle, shared, worked } from "./thread.mjs";

if (isMainThread) {
  const { threads, calls } = JSON.parse(readFileSync(0, "utf8"));
  const module = new WebAssembly.Module(readFileSync(process.argv[2]));
  const memory = shared();
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host: (n) => n } });
  exports.pool(threads);
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: threads }, () => {
    const workerData = { module, memory, ready, ...room(exports) };
    return new Worker(fileURLToPath(import.meta.url), { workerData });
  });
  const ends = workers.map((worker) => new Promise((done) => worker.on("message", done)));
  while (Atomics.load(ready, 0) < threads) await new Promise((done) => setTimeout(done, 10));
  console.log(JSON.stringify(await worked(ends, calls, (call) => outcome(exports, memory, () => exports.adds(...call)))));
  process.exit();
} else {
  const { module, memory, ready } = workerData;
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host: (n) => n } });
  settle(exports, workerData);
  Atomics.add(ready, 0, 1);
  const came = outcome(exports, memory, () => exports.works());
  parentPort.postMessage({ came: came ?? null, at: Date.now() });
}
