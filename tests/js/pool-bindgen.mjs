// node pool-bindgen.mjs GLUE < { "wasm": MODULE, "threads": N, "calls": [[END, AT, KIND], …] } > SEEN
//
// As pool.mjs, by the glue of wasm-bindgen's target `web`, which makes the instances. An
// outcome is a value or the text of what was thrown.

import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { shared, worked } from "./thread.mjs";

function outcome(call) {
  try {
    return call() ?? null;
  } catch (e) {
    return String(e);
  }
}

if (isMainThread) {
  const { wasm, threads, calls } = JSON.parse(readFileSync(0, "utf8"));
  const glue = await import(pathToFileURL(process.argv[2]));
  const module = new WebAssembly.Module(readFileSync(wasm));
  const memory = shared();
  glue.initSync({ module, memory });
  glue.start_pool(threads);
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: threads }, () => {
    const workerData = { script: process.argv[2], module, memory, ready };
    return new Worker(fileURLToPath(import.meta.url), { workerData });
  });
  const ends = workers.map((worker) => new Promise((done) => worker.on("message", done)));
  while (Atomics.load(ready, 0) < threads) await new Promise((done) => setTimeout(done, 10));
  console.log(JSON.stringify(await worked(ends, calls, (call) => outcome(() => glue.add_up(...call)))));
  process.exit();
} else {
  const { script, module, memory, ready } = workerData;
  const glue = await import(pathToFileURL(script));
  glue.initSync({ module, memory });
  Atomics.add(ready, 0, 1);
  const came = outcome(() => glue.work());
  parentPort.postMessage({ came, at: Date.now() });
}
