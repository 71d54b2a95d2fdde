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
// `docs`: the report's shape is the module contract, version 1.

import { readFileSync } from "node:fs";

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];
const strict = new TextDecoder("utf-8", { fatal: true });

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const runs = JSON.parse(readFileSync(0, "utf8"));
const outcomes = runs.map(run);
process.stdout.write(JSON.stringify(outcomes));

function run(calls) {
  const { exports } = new WebAssembly.Instance(module, {});
  return {
    calls: calls.map((call) => outcome(exports, call)),
    state: exports.__unpoison_state?.value ?? null,
  };
}

function outcome(exports, call) {
  try {
    return { ok: perform(exports, call) };
  } catch (e) {
    if (e instanceof WebAssembly.Exception) return exception(exports, e);
    if (e instanceof WebAssembly.RuntimeError || e instanceof RangeError) {
      return { trap: `${e.name}: ${e.message}` };
    }
    return { thrown: String(e) };
  }
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

function exception(exports, e) {
  const tag = TAGS.find((name) => exports[name] !== undefined && e.is(exports[name]));
  if (tag === undefined) return { thrown: "an exception with a tag that is not exported" };
  const at = e.getArg(exports[tag], 0) >>> 0;
  return { exception: { tag, report: report(exports, at) } };
}

function report(exports, at) {
  const newest = exports.__unpoison_report() >>> 0;
  if (newest !== at) throw new Error(`the exception's report is at ${at}, the newest at ${newest}`);
  const view = new DataView(exports.memory.buffer, at, 44);
  const word = Array.from({ length: 11 }, (_, i) => view.getUint32(4 * i, true));
  const text = (i) => (word[i] === 0 && word[i + 1] === 0 ? null : decode(exports, word[i], word[i + 1]));
  return {
    version: word[0],
    kind: word[1],
    site: word[2],
    message: text(3),
    file: text(5),
    line: word[7],
    column: word[8],
    size: word[9],
    align: word[10],
  };
}

function decode(exports, at, length) {
  return strict.decode(new Uint8Array(exports.memory.buffer, at, length));
}
