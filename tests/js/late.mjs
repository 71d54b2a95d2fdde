// node late.mjs GLUE WASM > SEEN
//
// The fixture `late`, through the table and the names that wasm-bindgen's work leaves.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { untagged } from "./bindgen-unwind/untagged.mjs";

const [script, wasm] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));
const glue = await import(pathToFileURL(script));
glue.initSync({ module });
const raw = glue.__wasm;

const came = (call) => {
  try {
    return call() ?? null;
  } catch (e) {
    if (!(e instanceof WebAssembly.Exception)) return String(e);
    return untagged(raw, e).tag;
  }
};

const table = glue.table();
const at = glue.moved_at();
const moved = () => new Uint32Array(raw.memory.buffer, at >>> 0, 1)[0];
const closure = glue.closure(2);
const [shown, hidden] = [glue.slot_of_shown(), glue.slot_of_hidden()];
const seen = {
  // Healthy: what the table holds is what is exported, and works.
  same: table.get(shown) === raw.shown,
  others: table.get(hidden) === raw.shown,
  works: [table.get(shown)(1), table.get(hidden)(1), closure(1), glue.greet("you")],
  exports: WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]),
};

// A trap deep in Rust; the engine's stack names the functions that it passed.
try {
  glue.greet("a 7 now");
} catch (e) {
  seen.trap = String(e);
  seen.stack = e.stack.split("\n").filter((line) => /wasm/.test(line)).map((line) => line.match(/at ([^ ]*)/)?.[1] ?? line);
}

const before = moved();
seen.slots = Array.from({ length: table.length }, (_, slot) => table.get(slot))
  .filter((f) => f)
  .map((f) => came(() => f(0, 0, 0, 0)));
seen.after = [came(() => closure(1)), came(() => table.get(shown)(1)), came(() => raw.shown(1))];
seen.moved = moved() - before;
seen.state = raw.__unpoison_state?.value ?? null;
process.stdout.write(JSON.stringify(seen));
