// node bindgen-bench.mjs FOLDERS ROUNDS CALLS > TIMES
//
// What a call costs through wasm-bindgen's glue (of the fixture `bindgen`). In FOLDERS, for
// Node: `bare`, `guarded` by wasm-bindgen's own guard, and `reset`, to be recovered, with
// `__wbg_reset_state`; of the target `bundler`: `bundler-bare`, `bundler-guarded`,
// `bundler-recover`. TIMES is JSON, medians in ns a call:
//   {"method": {"bare", "guarded", "reset", "recover"}, "string": …, "bundler": …}
// Without "guarded" where the engine does not know `exnref`, which that guard is made with.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { recoverBindgen } from "../../hosts/js/src/index.js";

const [folders, ...numbers] = process.argv.slice(2);
const [rounds, calls] = numbers.map(Number);
const require = createRequire(import.meta.url);

function glue(dir) {
  const path = join(folders, dir, "bindgen.js");
  // Another instance each time.
  delete require.cache[require.resolve(path)];
  return require(path);
}

const module = (dir) => readFileSync(join(folders, dir, "bindgen_bg.wasm"));
const runs = (dir) => WebAssembly.validate(module(dir));
const bundlerGlue = (dir) => import(pathToFileURL(join(folders, dir, "bindgen_bg.js")));

/** As `bindgen.js` does it, where a bundler imports the module. */
async function bundled(dir) {
  const glue = await bundlerGlue(dir);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module(dir)), { "./bindgen_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return glue;
}

const loaded = {
  bare: glue("bare"),
  ...(runs("guarded") && { guarded: glue("guarded") }),
  reset: glue("reset"),
  recover: recoverBindgen(glue("reset")).exports,
};
if (loaded.guarded && !`${loaded.guarded.greet}`.includes("__wbg_call_guard")) throw new Error("the glue has no guard");
if (`${loaded.bare.greet}`.includes("__wbg_call_guard")) throw new Error("the glue has a guard");
const bundles = {
  bare: await bundled("bundler-bare"),
  ...(runs("bundler-guarded") && { guarded: await bundled("bundler-guarded") }),
  recover: recoverBindgen(await bundlerGlue("bundler-recover"), { module: module("bundler-recover") }).exports,
};

const variants = Object.entries(loaded).map(([name, { Counter, greet }]) => {
  const string = own(name, "(n) => { let x = 0; for (let i = 0; i < n; i++) x += greet('you').length; return x; }", "greet");
  return [name, { method: method(name, Counter), string: string(greet) }];
});
const bundlers = Object.entries(bundles).map(([name, { Counter }]) => [name, method(`bundler ${name}`, Counter)]);
const seen = { method: {}, string: {}, bundler: {} };
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
  for (const [name, method] of bundlers) {
    const [sum, took] = timed(method, calls);
    if (sum !== total) throw new Error(`bundler ${name}: ${sum}`);
    if (round >= 0) (seen.bundler[name] ??= []).push(took / calls);
  }
}
process.stdout.write(JSON.stringify({ method: medians(seen.method), string: medians(seen.string), bundler: medians(seen.bundler) }));

function method(variant, Counter) {
  const source = "(n) => { let x = 0; for (let i = 0; i < n; i++) x = counter.add(1); return x; }";
  return own(variant, source, "counter")(new Counter(0, ""));
}

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
