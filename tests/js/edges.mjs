// node edges.mjs MODULE < [EXPORT] > SEEN
//
// Has a call of an export end in a trap, then tries every way into the instance that the
// host has: the table's slots, then the exports. SEEN has
//   "same"    export: whether the table holds the very same function somewhere
//   "failed"  the trap
//   "slots"   what came of each function in the table, called; 4711 is the host's own
//   "after"   export: what came of it
//   "referred"  whether what `own` answers is the export `adds`, and what came of it
//   "moved"   how much Rust has run since the trap
//   "state", "kind", "cause"  at the end, by the contract
// What came of a call is its value, a tag of unpoison's or another error.

import { readFileSync } from "node:fs";

const [failing] = JSON.parse(readFileSync(0, "utf8"));
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const size = fitting();
const imported = new WebAssembly.Table({ element: "anyfunc", initial: size, maximum: size });
const imports = { env: { host: () => 4711, __indirect_function_table: imported } };
const { exports } = new WebAssembly.Instance(module, imports);
const table = exports.__indirect_function_table ?? imported;

const own = Object.entries(exports).filter(
  ([name, f]) => typeof f === "function" && !name.startsWith("__unpoison_"),
);
const slots = Array.from({ length: table.length }, (_, at) => table.get(at)).filter((f) => f);
const same = Object.fromEntries(own.map(([name, f]) => [name, slots.includes(f)]));

const words = (at, count) => [...new Uint32Array(exports.memory.buffer, at >>> 0, count)];
const watch = exports.watch?.(0) ?? exports.moved_at();
const moved = () => (exports.watch ? words(watch, 6)[3] : words(watch, 1)[0]);

const referred = exports.own?.();

// Outside of any memory, for those that take an address.
const failed = came(() => exports[failing](0xfffffff0));
const before = moved();
const seen = {
  same,
  failed,
  slots: slots.map((f) => came(() => f(0, 0, 0, 0))),
  after: Object.fromEntries(own.map(([name, f]) => [name, came(() => f(0))])),
  referred: referred && { same: referred === exports.adds, came: came(() => referred(0)) },
  moved: moved() - before,
  state: exports.__unpoison_state?.value ?? null,
};
const at = exports.__unpoison_report?.() ?? 0;
if (at !== 0) [, seen.kind] = words(at, 13);
if (at !== 0) seen.cause = words(at, 13)[12];
process.stdout.write(JSON.stringify(seen));

function came(call) {
  try {
    return call() ?? null;
  } catch (e) {
    if (!(e instanceof WebAssembly.Exception)) return String(e);
    const tags = Object.keys(exports).filter((name) => exports[name] instanceof WebAssembly.Tag);
    return tags.find((name) => e.is(exports[name])) ?? "another exception";
  }
}

// The engine says which table it takes only by refusing others.
function fitting() {
  for (let size = 1; size < 10_000; size++) {
    const table = new WebAssembly.Table({ element: "anyfunc", initial: size, maximum: size });
    try {
      new WebAssembly.Instance(module, { env: { host: () => 0, __indirect_function_table: table } });
      return size;
    } catch (e) {
      if (!(e instanceof WebAssembly.LinkError)) throw e;
    }
  }
  throw new Error("no table fits");
}
