// The modules that `tests/tests/js` builds, and what many tests do with them.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const dir = process.env.UNPOISON_FIXTURES;
if (dir === undefined) throw new Error("UNPOISON_FIXTURES: run `cargo test -p unpoison-tests --test js`");

export const bytesOf = (name) => readFileSync(join(dir, `${name}.wasm`));
export const moduleOf = (name) => new WebAssembly.Module(bytesOf(name));

/** What goes wrong in a transfer of the fixture `ledger`. */
export const Fail = {
  nothing: 0,
  panic: 1,
  abort: 2,
  alloc: 3,
  stack: 4,
  trap: 5,
  nounwind: 6,
  host: 7,
  unreachable: 8,
  engineStack: 9,
};

export const quiet = { env: { host_step: (n) => n } };
export const opened = { init: (exports) => exports.open(10, 100n) };

/** What a function throws. */
export function thrown(f) {
  try {
    f();
  } catch (e) {
    return e;
  }
  throw new Error("nothing was thrown");
}
