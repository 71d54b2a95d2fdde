// node turns.mjs MODULE < [[THREAD, CALL], …] > [OUTCOME, …]
//
// Two threads that do in turn what they are told, each turn over before the next begins.
// `waits` comes back at "leave", of the same thread; in between that thread can be called
// again, out of the host. The outcome of `waits` is "entered", unless it does not get that
// far, and what came of it is the outcome of "leave".

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { outcome, room, settle, shared } from "./thread.mjs";

const CALLS = ["leave", "step", "fails", "aborts", "waits"];
const [NONE, LEAVE] = [-1, 0];

if (isMainThread) {
  const turns = JSON.parse(readFileSync(0, "utf8"));
  const module = new WebAssembly.Module(readFileSync(process.argv[2]));
  const memory = shared();
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host: (n) => n } });
  const threads = [0, 1].map((id) => {
    const command = new Int32Array(new SharedArrayBuffer(4)).fill(NONE);
    const workerData = { module, memory, id, command, ...room(exports) };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData });
    return { command, answer: () => new Promise((done) => worker.once("message", done)) };
  });
  await Promise.all(threads.map(({ answer }) => answer()));
  const outcomes = [];
  for (const [thread, call] of turns) {
    const { command, answer } = threads[thread];
    const came = answer();
    Atomics.store(command, 0, CALLS.indexOf(call));
    Atomics.notify(command, 0);
    outcomes.push(await came);
  }
  console.log(JSON.stringify(outcomes));
  process.exit();
} else {
  const { module, memory, id, command } = workerData;
  const say = (came) => parentPort.postMessage(came);
  const host = (n) => {
    say("entered");
    serve();
    return n;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, host } });
  settle(exports, workerData);
  say("ready");
  serve();

  /** Does what it is told until it is to leave. */
  function serve() {
    for (;;) {
      Atomics.wait(command, 0, NONE);
      const call = Atomics.exchange(command, 0, NONE);
      if (call === LEAVE) return;
      say(outcome(exports, memory, () => exports[CALLS[call]](id)));
    }
  }
}
