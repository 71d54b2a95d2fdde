// ENGINE wasi.mjs MODULE '{"args": […], "calls": [[name, [argument…]]…]}'
//
// A module for wasm32-wasip1, with the engine's own host for it. The last line that is
// printed is what was seen: {"calls", "exit", "state", "report"}.

import { readFileSync, writeSync } from "node:fs";
import { WASI } from "node:wasi";
import { outcome, report } from "./outcome.mjs";

// Node warns that this is experimental.
process.removeAllListeners("warning");

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { args, calls } = JSON.parse(process.argv[3]);
const wasi = new WASI({ version: "preview1", args: ["program", ...args] });
// Bun has the functions under an older name.
const imports = wasi.getImportObject?.() ?? { wasi_snapshot_preview1: wasi.wasiImport };
let exit = null;
// A host ends a program by an exception of its own; the engine's would end this process.
const preview1 = { ...imports.wasi_snapshot_preview1 };
preview1.proc_exit = (code) => {
  exit = code;
  throw new Error(`proc_exit(${code})`);
};
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: preview1 });
const { exports } = instance;
// Tells the host where memory is, and starts nothing: commands are started below.
const bound = { memory: exports.memory, ...(exports._initialize && { _initialize: exports._initialize }) };
if (wasi.initialize) wasi.initialize({ exports: bound });
else wasi.setMemory(exports.memory);

const seen = {
  calls: calls.map(([name, args]) => outcome(exports, () => exports[name](...args) ?? null)),
  exit,
  state: exports.__unpoison_state.value,
};
seen.exit = exit;
const at = exports.__unpoison_report() >>> 0;
seen.report = at === 0 ? null : report(exports, at);
writeSync(1, `\n${JSON.stringify(seen)}\n`);
