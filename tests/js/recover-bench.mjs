// node recover-bench.mjs calls CALLS-MODULE ROUNDS CALLS > TIMES
// node recover-bench.mjs again LEDGER ROUNDS > TIMES
// node recover-bench.mjs checkpoint LEDGER ROUNDS > TIMES
// node recover-bench.mjs answer LEDGER: answers, and ends
//
// What `recover` costs. TIMES is JSON, medians of the rounds:
//   calls       {"in": {"bare", "recover"}, "out": …}: ns a call
//   again       {"recover", "checkpoint", "compile", "process"}: µs from an abort that was
//               caught to the first good answer, by a fresh instance; by one that starts
//               from a checkpoint; by the module compiled again; by another Node
//   checkpoint  [{"mb", "take", "restore"}, …]: µs for so much memory

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { recoverSync } from "../../hosts/js/src/index.js";

const [what, path, ...numbers] = process.argv.slice(2);
const [rounds, calls] = numbers.map(Number);
const ABORT = 2;
const imports = { env: { host_step: (n) => n } };
const init = (exports) => exports.open(1000, 100n);

process.stdout.write(JSON.stringify({ calls: times, again, checkpoint, answer }[what]()));

function times() {
  const bytes = readFileSync(path);
  const host = (name) => own(name, "(x) => (x + 1) | 0")();
  const bare = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { host: host("bare") } });
  const { exports } = recoverSync(bytes, { env: { host: host("recover") } });
  const variants = { bare: loops("bare", bare.exports), recover: loops("recover", exports) };
  const seen = { in: {}, out: {} };
  // The first two rounds are for the engine to compile everything, and do not count.
  for (let round = -2; round < rounds; round++) {
    for (const [name, ways] of Object.entries(variants)) {
      for (const [way, loop] of Object.entries(ways)) {
        const took = timed(() => {
          if (loop(calls) !== (calls | 0)) throw new Error(`${name} ${way}`);
        });
        if (round >= 0) (seen[way][name] ??= []).push((took * 1e3) / calls);
      }
    }
  }
  return { in: medians(seen.in), out: medians(seen.out) };
}

// Of source of its own, for what engines learn of calls belongs to the source.
function own(variant, source, ...names) {
  return new Function(...names, `"use strict"; /* ${variant} */ return ${source};`);
}

function loops(name, { add, call_out }) {
  return {
    in: own(name, "(n) => { let x = 0; for (let i = 0; i < n; i++) x = add(x, 1); return x; }", "add")(add),
    out: own(
      name,
      "(n) => { let x = 0; for (let i = 0; i < n; i += 1000) x += call_out(1000); return x; }",
      "call_out",
    )(call_out),
  };
}

function again() {
  const bytes = readFileSync(path);
  const seen = { recover: [], checkpoint: [], compile: [], process: [] };
  const recovered = recoverSync(bytes, imports, { init });
  const kept = recoverSync(bytes, imports, { init, checkpoint: "call" });
  for (let round = 0; round < rounds; round++) {
    for (const [name, { exports }] of [["recover", recovered], ["checkpoint", kept]]) {
      failed(() => exports.transfer(0, 1, 1n, ABORT));
      seen[name].push(timed(() => good(exports)));
    }
    seen.compile.push(timed(() => good(fresh(bytes))));
    if (round % 10 === 0) seen.process.push(timed(() => execFileSync(process.execPath, [process.argv[1], "answer", path])));
  }
  return medians(seen);
}

function fresh(bytes) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  init(exports);
  return exports;
}

function answer() {
  return good(fresh(readFileSync(path)));
}

function good({ sum }) {
  if (sum() !== 100_000n) throw new Error("not the sum");
  return true;
}

function failed(f) {
  try {
    f();
  } catch {
    return;
  }
  throw new Error("it did not fail");
}

function checkpoint() {
  const bytes = readFileSync(path);
  return [1, 4, 16, 48].map((mb) => {
    const r = recoverSync(bytes, imports, { init, checkpoint: "manual" });
    // The shadow stack, which is left out, has a megabyte of its own.
    r.memory.grow(mb * 16 - r.memory.buffer.byteLength / 0x1_0000 + 16);
    new Uint8Array(r.memory.buffer, 0x12_0000).fill(1);
    const take = [];
    const restore = [];
    for (let round = 0; round < rounds; round++) {
      take.push(timed(() => r.checkpoint()));
      restore.push(timed(() => r.reinit()));
    }
    return { mb, ...medians({ take, restore }) };
  });
}

function timed(f) {
  const start = process.hrtime.bigint();
  f();
  return Number(process.hrtime.bigint() - start) / 1e3;
}

function medians(lists) {
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, median(list)]));
}
