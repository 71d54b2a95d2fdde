// node run.mjs MODULE < RUNS > OUTCOMES
//
// RUNS is a JSON list; each run is a list of calls made in order on an instance of
// its own:
//   {"export": name, "args": [number | {"text": string}, …], "returns": "text"?}
// A text goes in as address and length in memory from the module's `alloc`; one that
// comes out is packed in an i64 and given to `dealloc`.
//
// OUTCOMES is a JSON list; each has "calls", a list of
//   {"ok": value} | {"exception": {tag, report}} | {"trap": text} | {"thrown": text}
// and "state", the value of `__unpoison_state` after the last call (null without it).

import { readFileSync } from "node:fs";
import { decode, outcome } from "./outcome.mjs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const runs = JSON.parse(readFileSync(0, "utf8"));
const outcomes = runs.map(run);
process.stdout.write(JSON.stringify(outcomes));

function run(calls) {
  const { exports } = new WebAssembly.Instance(module, {});
  return {
    calls: calls.map((call) => outcome(exports, () => perform(exports, call))),
    state: exports.__unpoison_state?.value ?? null,
  };
}

function perform(exports, call) {
  const f = exports[call.export];
  if (typeof f !== "function") throw new Error(`no export ${call.export}`);
  const args = [];
  for (const arg of call.args) {
    if (typeof arg !== "object") {
      args.push(arg);
      continue;
    }
    const bytes = new TextEncoder().encode(arg.text);
    const at = exports.alloc(bytes.length) >>> 0;
    new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
    args.push(at, bytes.length);
  }
  const value = f(...args);
  if (call.returns === "text") {
    const [at, length] = [Number(value >> 32n & 0xffffffffn), Number(value & 0xffffffffn)];
    const text = decode(exports, at, length);
    exports.dealloc(at, length);
    return text;
  }
  return typeof value === "bigint" ? String(value) : value ?? null;
}
