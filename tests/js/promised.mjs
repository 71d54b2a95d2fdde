// node promised.mjs DIR alone|recovered > ROWS
//
// What wasm-bindgen promises, row by row: the fixture `bindgen_unwind` behind the glue in DIR
// (for Node), by itself or by `recoverBindgen`. ROWS: [[row, what the host sees, what becomes of
// the instance], …].

import { createRequire } from "node:module";
import { join } from "node:path";
import { recoverBindgen } from "../../hosts/js/src/index.js";

const [dir, way] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const actions = {};
globalThis.host = {
  call: (name, value) => actions[name](value),
  each: (f) => f(-1),
  note: () => {},
  later: async (value) => {
    await pause(1);
    return value + 1;
  },
};

// What nobody catches.
let uncaught;
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (e) => (uncaught ??= e));

const word = (e) => e?.name ?? String(e);

/** What comes of a call: its name if it is an exception, and how else it ended. */
async function came(call) {
  const silence = pause(200).then(() => "no answer");
  const ends = (async () => {
    try {
      await call();
      return "returns";
    } catch (e) {
      return word(e);
    }
  })();
  return await Promise.race([ends, silence]);
}

const CLOSURES = ["new", "own", "own_assert_unwind_safe", "wrap", "wrap_assert_unwind_safe", "once", "once_assert_unwind_safe", "once_into_js"];
const ABORTING = ["own_aborting", "wrap_aborting", "once_aborting"];
const LENT = ["borrow_mut", "borrow_mut_assert_unwind_safe"];
const closures = (names) => names.map((name) => (glue) => glue.closure_by(name)(-1));
const lent = (names) => names.map((name) => (glue) => glue.lends_by(name));

/** Several calls of a row are to end alike. */
const rows = {
  "a function panics": [(glue) => glue.panics("x")],
  "a method panics": [
    (glue) => {
      const account = new glue.Account(1, "");
      try {
        account.balance_or_panic(0);
      } finally {
        account.free();
      }
    },
  ],
  "a closure of the host's panics": closures(CLOSURES),
  "the same, made by `…_aborting`": closures(ABORTING),
  "a lent closure panics": lent(LENT),
  "the same, lent by `…_aborting`": lent(["borrow_mut_aborting"]),
  "an async function panics before it waits": [(glue) => glue.waits(1, 0)],
  "an async function panics after it waited": [(glue) => glue.waits(1, 1)],
  "a link of a promise chain panics": [(glue) => Promise.resolve(-1).then(glue.closure_by("new"))],
  "Rust panics inside an iterator of the host's": [(glue) => glue.sum_values([1, -1, 2])],
  "Rust panics inside a stream of the host's": [(glue) => glue.sum_stream((async function* () { yield* [1, -1]; })())],
  "a future of `spawn_local` panics": [(glue) => glue.spawns(1, true)],
  "Rust that the host called inside of Rust panics": [
    (glue) => {
      actions.inner = () => glue.panics("inner");
      glue.call_host("inner", 1);
    },
  ],
  "an abort": [(glue) => glue.abort()],
  "an abort in an async function": [(glue) => glue.aborts_later()],
  "a promise that waits while another function aborts": [
    (glue) => {
      const waiting = glue.waits(1, 9);
      try {
        glue.abort();
      } catch {
        return waiting;
      }
    },
  ],
  "the host catches an abort inside of Rust": [
    (glue) => {
      actions.inner = () => {
        try {
          glue.abort();
        } catch {
          return 5;
        }
      };
      glue.call_host("inner", 1);
    },
  ],
  "`Err`": [(glue) => glue.throws("Err")],
  "`throw_str`, `throw_val`": [(glue) => glue.throws("throw_str"), (glue) => glue.throws("throw_val")],
};

function fresh() {
  const path = join(dir, "bindgen_unwind.js");
  delete require.cache[require.resolve(path)];
  const glue = require(path);
  if (way === "alone") return { glue, generation: () => 1 };
  const rust = recoverBindgen(glue, { onPanic: () => {}, onAbort: () => {} });
  return { glue: rust.exports, generation: () => rust.generation };
}

const seen = [];
for (const [row, calls] of Object.entries(rows)) {
  const each = new Set();
  for (const call of calls) {
    uncaught = undefined;
    const { glue, generation } = fresh();
    const before = glue.guards();
    let what = await came(() => call(glue));
    // Rust's tasks and the engine's complaints have had their turn.
    await pause(20);
    if (uncaught !== undefined) what = `${what}, uncaught ${word(uncaught)}`;
    let after;
    try {
      after = glue.divide(6, 2) === 3 ? "lives" : "wrong";
      if (generation() > 1) after = "fresh instance";
      else if (glue.guards() !== before) after = "lives, and leaks";
    } catch {
      after = "ends";
    }
    each.add(JSON.stringify([what, after]));
  }
  if (each.size !== 1) throw new Error(`${row}: ${[...each].join(" or ")}`);
  seen.push([row, ...JSON.parse([...each][0])]);
}
process.stdout.write(JSON.stringify(seen));
process.exit();
