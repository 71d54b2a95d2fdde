// node --experimental-wasm-jspi fibers.mjs MODULE > OUTCOMES
//
// Exports of the fixture `fibers`, made to wait by the host itself; their waits end in the
// order in which they began, in the reverse order, and so on. OUTCOMES is a JSON list of
//   [calls, order, what each answered, what later calls answer, the state]

import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const orders = { first: () => 0, last: (n) => n - 1, middle: (n) => n >> 1 };
const lists = [
  ["waits"],
  ["waits", "waits"],
  ["waits", "waits_below", "waits"],
  ["waits_below", "waits", "waits_below", "waits_below"],
  ["panics"],
  ["panics", "panics"],
  ["panics", "waits", "panics", "waits_below"],
  ["catches", "catches"],
  ["catches", "panics", "catches", "waits"],
];

const outcomes = [];
for (const calls of lists) {
  for (const order of Object.keys(orders)) outcomes.push([calls, order, ...(await run(calls, orders[order]))]);
}
process.stdout.write(JSON.stringify(outcomes));

async function run(calls, next) {
  const waiting = [];
  const host = (id) => new Promise((resolve) => waiting.push(() => resolve(id)));
  const { exports } = new WebAssembly.Instance(module, {
    env: { host: new WebAssembly.Suspending(host) },
  });
  const settled = (promise) =>
    promise.then(
      (value) => value,
      (e) => described(exports, e),
    );
  const results = calls.map((name, at) => settled(WebAssembly.promising(exports[name])(100 + at)));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (waiting.length === 0) break;
    waiting.splice(next(waiting.length), 1)[0]();
  }
  const came = await Promise.all(results);
  const later = ["adds", "panicking"].map((name) => {
    try {
      return exports[name](1);
    } catch (e) {
      return described(exports, e);
    }
  });
  return [came, later, exports.__unpoison_state?.value ?? 0];
}

function described(exports, e) {
  if (e instanceof WebAssembly.RuntimeError) return `${e}`;
  if (!(e instanceof WebAssembly.Exception)) return `thrown: ${e}`;
  const tag = Object.keys(exports).find(
    (name) => exports[name] instanceof WebAssembly.Tag && e.is(exports[name]),
  );
  if (tag === undefined) return "an exception";
  const words = new Uint32Array(exports.memory.buffer, e.getArg(exports[tag], 0) >>> 0, 11);
  const text = new Uint8Array(exports.memory.buffer, words[3], words[4]);
  return `${tag} ${words[1]}: ${new TextDecoder().decode(text)}`;
}
