// node run.mjs PLAIN UNPOISONED: what a host sees of each failure, and of the next call.

import { readFileSync } from "node:fs";

const CALLS = [
  ["a panic", "panic", 7],
  ["a panic in a borrow", "panic_while_borrowed"],
  ["an abort", "abort"],
  ["a failed allocation", "allocate"],
  ["a stack overflow", "overflow_stack", 0],
];
const KINDS = ["", "panic", "abort", "alloc", "nounwind", "trap", "unreachable"];
const WIDTH = 44;

const [plain, unpoisoned] = process.argv.slice(2).map((path) => new WebAssembly.Module(readFileSync(path)));

row("", "plain", "unpoisoned");
for (const [what, name, ...args] of CALLS) {
  const [before, after] = [plain, unpoisoned].map((module) => {
    // A fresh instance for each failure: what follows is this one's doing.
    const { exports } = new WebAssembly.Instance(module, {});
    exports.count();
    return { failure: seen(exports, name, args), next: seen(exports, "count", []) };
  });
  console.log("");
  row(what, before.failure, after.failure);
  row("  the next call", before.next, after.next);
}

/** What the host sees of one call, in words. */
function seen(exports, name, args) {
  try {
    return String(exports[name](...args));
  } catch (e) {
    return described(exports, e);
  }
}

function described(exports, e) {
  const tag = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"]
    .find((tag) => exports[tag] && e instanceof WebAssembly.Exception && e.is(exports[tag]));
  if (tag === undefined) return `${e.name}: ${e.message}`;
  // The report of the module contract: eleven words in the module's memory.
  const report = new DataView(exports.memory.buffer, e.getArg(exports[tag], 0), 44);
  const word = (i) => report.getUint32(4 * i, true);
  const text = (i) => new TextDecoder().decode(new Uint8Array(exports.memory.buffer, word(i), word(i + 1)));
  if (tag === "__unpoison_sealed") return `sealed, by the ${KINDS[word(1)]} above`;
  const kind = `${KINDS[word(1)]}${word(4) ? `: ${text(3)}` : ""}`;
  return word(6) ? `${kind}, at ${text(5)}:${word(7)}:${word(8)}` : kind;
}

/** One row of the table; long cells go on in the lines below. */
function row(...cells) {
  const widths = [21, 33, WIDTH];
  const wrapped = cells.map((cell, i) => wrap(cell, widths[i]));
  for (let line = 0; line < Math.max(...wrapped.map((w) => w.length)); line++) {
    console.log(wrapped.map((w, i) => (w[line] ?? "").padEnd(widths[i])).join("  ").trimEnd());
  }
}

function wrap(text, width) {
  const lines = [""];
  for (const word of text.split(/(?<= )/)) {
    if ((lines.at(-1) + word).trimEnd().length > width && lines.at(-1).trim()) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines;
}
