// node bindgen-bench.mjs BARE GUARDED RESET ROUNDS CALLS > TIMES
//
// What a call costs through wasm-bindgen's glue (of the fixture `bindgen`, for Node), the
// three given as folders: bare, with wasm-bindgen's own guard, and, to be recovered, with
// `__wbg_reset_state`. TIMES is JSON, medians in ns a call:
//   {"method": {"bare", "guarded", "reset", "recover"}, "string": …}
// Without "guarded" where the engine does not know `exnref`, which that guard is made with.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recoverBindgen } from "../../hosts/js/src/index.js";

const [bare, guarded, reset, ...numbers] = process.argv.slice(2);
const [rounds, calls] = numbers.map(Number);
const require = createRequire(import.meta.url);

function glue(dir) {
  const path = join(dir, "bindgen.js");
  // Another instance each time.
  delete require.cache[require.resolve(path)];
  return require(path);
}

const runs = (dir) => WebAssembly.validate(readFileSync(join(dir, "bindgen_bg.wasm")));

const loaded = {
  bare: glue(bare),
  ...(runs(guarded) && { guarded: glue(guarded) }),
  reset: glue(reset),
  recover: recoverBindgen(glue(reset)).exports,
};
if (loaded.guarded && !`${loaded.guarded.greet}`.includes("__wbg_call_guard")) throw new Error("the glue has no guard");
if (`${loaded.bare.greet}`.includes("__wbg_call_guard")) throw new Error("the glue has a guard");

const variants = Object.entries(loaded).map(([name, { Counter, greet }]) => {
  const method = own(name, "(n) => { let x = 0; for (let i = 0; i < n; i++) x = counter.add(1); return x; }", "counter");
  const string = own(name, "(n) => { let x = 0; for (let i = 0; i < n; i++) x += greet('you').length; return x; }", "greet");
  return [name, { method: method(new Counter(0, "")), string: string(greet) }];
});
const seen = { method: {}, string: {} };
let total = 0;
// The first two rounds are for the engine to compile everything, and do not count.
for (let round = -2; round < rounds; round++) {
  total += calls;
  for (const [name, { method, string }] of variants) {
    const [sum, took] = timed(method, calls);
    if (sum !== total) throw new Error(`${name}: ${sum}`);
    const few = calls / 10;
    const [length, long] = timed(string, few);
    if (length !== few * 11) throw new Error(`${name}: ${length}`);
    if (round < 0) continue;
    (seen.method[name] ??= []).push(took / calls);
    (seen.string[name] ??= []).push(long / few);
  }
}
process.stdout.write(JSON.stringify({ method: medians(seen.method), string: medians(seen.string) }));

// Of source of its own, for what engines learn of calls belongs to the source.
function own(variant, source, name) {
  return new Function(name, `"use strict"; /* ${variant} */ return ${source};`);
}

function timed(f, n) {
  const start = process.hrtime.bigint();
  const result = f(n);
  return [result, Number(process.hrtime.bigint() - start)];
}

function medians(lists) {
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, median(list)]));
}
