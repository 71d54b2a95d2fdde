// node --expose-gc corpus.mjs PLAIN UNPOISONED abort|unwind BAD: works with both modules of a crate
// of the corpus, has the unpoisoned one fail BAD times; prints what it saw as JSON.

import { readFileSync } from "node:fs";
import { recover, PanicError } from "../../hosts/js/src/index.js";

const [plainFile, file, panics, count] = process.argv.slice(2);
const bad = Number(count);
/** Seeds of work, and of failures that differ. */
const SEEDS = 12;
const FAILURES = 8;
/** A round of work takes about so long, in milliseconds. */
const ROUND = 40;
const ROUNDS = 9;

/** What a module imports, of which nothing is there: no crate here asks its host for anything. */
function nothing(bytes) {
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
    (imports[module] ??= {})[name] = () => wrong.push(`${module}.${name} was called`);
  }
  return imports;
}

const wrong = [];
const [plainBytes, bytes] = [plainFile, file].map((name) => readFileSync(name));
const module = new WebAssembly.Module(plainBytes);
const plain = new WebAssembly.Instance(module, nothing(plainBytes));
const ours = await recover(bytes, nothing(bytes));
const { work, fail } = ours.exports;

const expected = [];
for (let seed = 0; seed < SEEDS; seed++) {
  expected.push(plain.exports.work(seed));
  if (work(seed) !== expected[seed]) wrong.push(`work(${seed}) has another answer`);
}
if (new Set(expected).size < 2) wrong.push("work has one answer to all seeds");

const times = [[], []];
let repeats = 1;
for (let round = -3; round < ROUNDS; round++) {
  for (const [which, call] of [plain.exports.work, work].entries()) {
    const start = performance.now();
    for (let n = 0; n < repeats; n++) call(n % SEEDS);
    const took = performance.now() - start;
    if (round >= 0) times[which].push(took / repeats);
    else if (which === 0) repeats = Math.max(1, Math.round((repeats * ROUND) / Math.max(took, 0.01)));
  }
}

const failures = [];
let pages = [];
for (let n = 0; n < bad; n++) {
  const seed = n % FAILURES;
  try {
    fail(seed);
    wrong.push(`fail(${seed}) went well`);
  } catch (error) {
    const typed = error instanceof PanicError && error.message !== "" && error.line > 0;
    if (!typed) wrong.push(`fail(${seed}): ${error}`);
    if (n < FAILURES) failures.push({ message: error.message, file: error.file ?? "", line: error.line ?? 0 });
  }
  if (n % 500 === 0 || n < FAILURES) {
    if (work(seed) !== expected[seed]) wrong.push(`work(${seed}) has another answer after ${n + 1} failures`);
  }
  if (n === Math.floor(bad / 10) || n === bad - 1) pages.push(ours.instance.exports.memory.buffer.byteLength);
  if (wrong.length > 5) break;
}
for (let seed = 0; seed < SEEDS; seed++) {
  if (work(seed) !== expected[seed]) wrong.push(`work(${seed}) has another answer in the end`);
}
const generations = panics === "unwind" ? 1 : bad + 1;
if (ours.generation !== generations) wrong.push(`${ours.generation} instances, not ${generations}`);

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const ratio = median(times[1].map((time, at) => time / times[0][at]));
process.stdout.write(JSON.stringify({ wrong, failures, work: median(times[0]), ratio, memory: pages }));
