// node differential.mjs GLUE WASM > LOG
//
// Makes each call of the fixture `differential` with its first tick panicking, its
// second, and so on, until it ends by itself. LOG is a JSON list of lines
//   [call, how, tick, outcome, what the fixture has seen]
// An outcome is a value, {"panic": message} or {"error": text}.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// More than any call has.
const TICKS = 60;
// More than `fail` in the fixture has.
const HOWS = 7;

const [script, wasm] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));
let instances = 0;
let glue;

const uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(described(e)));
process.on("unhandledRejection", (e) => uncaught.push(described(e)));
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

globalThis.host = {
  back: () => glue.inner(),
  each: (f) => f(1) + f(2) + f(3),
  later: async (n) => {
    await null;
    if (n === 1) throw "the host's own";
    return n;
  },
};

async function fresh() {
  glue = await import(`${pathToFileURL(script)}?${instances++}`);
  glue.initSync({ module });
}

// Of a panic that no glue of wasm-bindgen's caught only rust-lld's module knows nothing.
function described(e) {
  if (e instanceof WebAssembly.Exception) {
    const { __unpoison_state: state } = glue.__wasm;
    return (state?.value ?? 0) === 0 ? { panic: "of Rust's" } : { error: "a sealed instance" };
  }
  if (e?.name === "PanicError") return { panic: e.message };
  return { error: String(e) };
}

const log = [];

async function burn(name, hows, call, before) {
  for (let how = 0; how < hows; how++) {
    for (let tick = 1; ; tick++) {
      if (tick > TICKS) throw new Error(`${name} has no end`);
      await before?.();
      let outcome, seen, waits;
      try {
        glue.arm(tick, how);
        outcome = await call();
        // What is nobody's comes later.
        if (name.startsWith("later")) await pause();
      } catch (e) {
        outcome = described(e);
      }
      if (String(outcome?.error).startsWith("RuntimeError")) {
        // A trap: rustc's own fault in builds for size, where an element of a list whose
        // destructor panics is dropped twice. Nothing after it can be compared.
        log.push([name, how, tick, outcome]);
        await fresh();
        break;
      }
      try {
        waits = glue.disarm();
        seen = [...glue.seen(), ...uncaught.splice(0)];
      } catch (e) {
        seen = described(e);
      }
      log.push([name, how, tick, outcome, seen]);
      if (waits) break;
      if (waits === undefined) {
        // It is gone, and another difference would not be seen on it.
        await fresh();
        break;
      }
    }
  }
}

await fresh();
const names = Object.keys(glue).sort();
for (const name of names.filter((name) => name.startsWith("call_"))) {
  await burn(name, HOWS, async () => glue[name]());
}
for (const name of names.filter((name) => name.startsWith("later_"))) {
  await burn(name, 2, () => glue[name]());
}
await burn("closure", HOWS, async () => {
  const closure = glue.closure();
  return [closure(1), closure(2)];
});
await burn("a closure that panicked", 1, async () => {
  const closure = glue.closure();
  const results = [1, 2, 3].map((n) => {
    try {
      return closure(n);
    } catch (e) {
      return described(e);
    }
  });
  return results;
});
await burn("Account", HOWS, async () => {
  const account = new glue.Account("one");
  try {
    return [account.add(1), account.label, account.add(2)];
  } finally {
    account.close();
  }
});
// A panic that leaves by an export of Rust's own: rust-lld's module never ends it, so each
// has an instance of its own, and whether Rust still panics is left out.
const raw = Object.keys(glue.__wasm).filter((name) => name.startsWith("raw_")).sort();
for (const name of raw) {
  const first = log.length;
  await burn(name, 1, async () => glue.__wasm[name](), fresh);
  for (const line of log.slice(first)) line[4]?.splice?.(5, 1);
}

const state = glue.__wasm.__unpoison_state?.value ?? 0;
process.stdout.write(JSON.stringify([...log, ["state", 0, 0, state]]));
