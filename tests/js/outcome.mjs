// What came of a call, as the tests read it (`tests/src/node.rs`):
//   {"ok": value} | {"exception": {tag, report}} | {"trap": text} | {"thrown": text}
// The report's shape is the module contract, version 1.

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];
const strict = new TextDecoder("utf-8", { fatal: true });

export function outcome(exports, perform) {
  try {
    return { ok: perform() };
  } catch (e) {
    return failure(exports, e);
  }
}

export function failure(exports, e) {
  if (e instanceof WebAssembly.Exception) return exception(exports, e);
  if (e instanceof WebAssembly.RuntimeError || e instanceof RangeError) {
    return { trap: `${e.name}: ${e.message}` };
  }
  return { thrown: String(e) };
}

function exception(exports, e) {
  const tag = TAGS.find((name) => exports[name] !== undefined && e.is(exports[name]));
  if (tag === undefined) return { thrown: "an exception with a tag that is not exported" };
  const at = e.getArg(exports[tag], 0) >>> 0;
  return { exception: { tag, report: report(exports, at) } };
}

export function report(exports, at) {
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

export function decode(exports, at, length) {
  return strict.decode(new Uint8Array(exports.memory.buffer, at, length));
}
