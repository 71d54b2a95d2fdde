// node --expose-gc bindgen.mjs SCRIPT WASM web|cjs|esm [SCENARIO…] > OUTCOMES
//
// Runs the fixture `bindgen` behind the glue that wasm-bindgen made of it, each
// scenario (all, if none is named) on an instance of its own. OUTCOMES is JSON: what
// each scenario saw, made of
//   {"ok": value} | {"exception": {tag, kind, message}} | {"trap": {tag, kind, message}}
//     | {"error": text, "cause"?}
// where a trap is told by the tag that it would have been thrown with.
// The glue must have been made with `export_wasm`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { look, untagged } from "./bindgen-unwind/untagged.mjs";

const [script, wasm, kind, ...named] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const compiled = kind === "web" && new WebAssembly.Module(readFileSync(wasm));
let made = 0;

// What nobody caught, in the order it came.
let uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
process.on("unhandledRejection", (e) => uncaught.push(e));

async function instance() {
  if (kind === "cjs") {
    delete require.cache[require.resolve(script)];
    return require(script);
  }
  const glue = await import(`${pathToFileURL(script)}?${made++}`);
  if (kind === "web") glue.initSync({ module: compiled });
  return glue;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

function described(glue, e) {
  if (e instanceof WebAssembly.Exception) return { exception: untagged(glue.__wasm, e) };
  // Of a module that knows what it does: `unreachable`, with the state set.
  if (e instanceof WebAssembly.RuntimeError && glue.__wasm.__unpoison_state?.value) {
    return { trap: untagged(glue.__wasm, e) };
  }
  look(glue.__wasm);
  const cause = e?.exception instanceof WebAssembly.Exception ? described(glue, e.exception) : undefined;
  return { error: String(e), cause };
}

function outcome(glue, f) {
  try {
    return { ok: f() };
  } catch (e) {
    return described(glue, e);
  }
}

const word = (glue, at) => new Uint32Array(glue.__wasm.memory.buffer, at >>> 0, 1)[0];

// What the fixture calls. `actions` is the scenario's.
let actions = {};
let kept;
globalThis.host = {
  call: (name, value) => actions[name](value),
  text: (text) => `${text}?`,
  keep: (closure) => {
    kept = closure;
    return closure(1);
  },
  each: (f) => [1, 2, 3].forEach((value) => actions.each?.(f, value) ?? f(value)),
  value: (value) => value,
  later: async (value) => {
    if (value === 13) throw new Error("thirteen");
    await pause();
    return value + 1;
  },
};

async function healthy() {
  const glue = await instance();
  const out = [];
  const note = (f) => out.push(outcome(glue, f));
  const steps = glue.steps_address();
  const drops = glue.drops_address();
  note(() => glue.greet("wörld €"));
  note(() => glue.shout("straße"));
  const counter = new glue.Counter(5, "five");
  note(() => [counter.add(2), counter.label, counter.slots_free, counter.add_or_panic(1)]);
  note(() => new glue.Counter(6, "six").into_value());
  counter.free();
  note(() => counter.add(1));
  actions = {
    twice: (value) => 2 * value,
    nested: (value) => (value > 0 ? glue.call_host("nested", value - 1) + 1 : 0),
    objects: (value) => {
      const inner = new glue.Counter(value, "inner");
      const answer = inner.add(1);
      inner.free();
      return answer;
    },
    throw: () => {
      throw new TypeError("from the host");
    },
  };
  note(() => glue.call_host("twice", 21));
  note(() => glue.call_host("nested", 50));
  note(() => glue.call_host("objects", 50));
  note(() => glue.try_host("twice", 4));
  note(() => glue.try_host("throw", 4));
  note(() => glue.call_host("throw", 4));
  note(() => glue.hold_cell("twice", 1));
  note(() => glue.borrow_cell());
  const object = { a: 1 };
  note(() => glue.pass(object) === object);
  note(() => [glue.borrow("text"), glue.borrow(1)]);
  note(() => glue.reverse([1, "two", null, object]));
  note(() => glue.names());
  note(() => glue.casts(1.5));
  const add = glue.adder(10);
  note(() => [add(1), add(2), add(3)]);
  note(() => glue.lend(7));
  note(() => kept(1));
  note(() => glue.sum_each());
  actions.each = (f, value) => {
    f(value);
    // Comes back in while it is borrowed.
    return glue.greet("again");
  };
  note(() => glue.sum_each());
  note(() => glue.apply((value) => value + 1, 41));
  note(() => glue.apply(() => actions.throw(), 41));
  // The table of references grows and is used again.
  note(() => {
    const objects = Array.from({ length: 3000 }, (_, at) => ({ at }));
    const back = glue.reverse(objects);
    for (const object of objects) if (glue.pass(object) !== object) return "another object";
    return [back.length, back[0].at, back[2999].at];
  });
  for (let n = 0; n < 2000; n++) glue.casts(n);
  out.push({ ok: await glue.twice(20) });
  await glue.twice(13).catch((e) => out.push({ error: String(e) }));
  const all = await Promise.all(Array.from({ length: 20 }, (_, n) => glue.twice(20 + n)));
  out.push({ ok: all });
  note(() => word(glue, drops));
  note(() => word(glue, steps));
  note(() => glue.__wasm.__unpoison_state?.value ?? 0);
  note(() => uncaught.splice(0).map(String));
  return out;
}

// Each fails the instance; answers what the host saw.
const failures = {
  panic: (glue) => outcome(glue, () => glue.fail("it failed")),
  abort: (glue) => outcome(glue, () => glue.abort()),
  alloc: (glue) => outcome(glue, () => glue.allocate(0x7ffffff0)),
  recursion: (glue) => outcome(glue, () => glue.recurse(0)),
  method: (glue, { counter }) => outcome(glue, () => counter.add_or_panic(1000)),
  closure: (glue, { add }) => outcome(glue, () => add(-1)),
  borrowed: (glue) => {
    actions.each = (f) => f(-5);
    return outcome(glue, () => glue.sum_each());
  },
  async: async (glue) => {
    glue.twice(-100);
    await pause();
    await pause();
    await pause();
    return described(glue, uncaught.shift());
  },
  // The host swallows what failed inside; the outer call must not go on.
  swallowed: (glue) => {
    let inner;
    actions.swallow = () => {
      inner = outcome(glue, () => glue.fail("inside"));
      return 1;
    };
    const outer = outcome(glue, () => glue.call_host("swallow", 1));
    return { inner, outer };
  },
  caught: (glue) => {
    actions.fail = () => {
      try {
        return glue.fail("caught");
      } catch (e) {
        described(glue, e);
        throw e;
      }
    };
    return outcome(glue, () => glue.try_host("fail", 1));
  },
  cell: (glue) => {
    let inner;
    actions.borrow = () => {
      inner = outcome(glue, () => glue.borrow_cell());
      return 1;
    };
    const outer = outcome(glue, () => glue.hold_cell("borrow", 1));
    return { inner, outer };
  },
};

async function failed(fail) {
  const glue = await instance();
  const raw = glue.__wasm;
  const steps = glue.steps_address();
  const drops = glue.drops_address();
  const flag = raw.__instance_terminated;
  actions = { twice: (value) => 2 * value };
  let counter = new glue.Counter(5, "five");
  let add = glue.adder(10);
  add(1);
  let others = Array.from({ length: 50 }, (_, n) => [new glue.Counter(n, "n"), glue.adder(n)]);
  const first = await fail(glue, { counter, add });
  const before = [word(glue, steps), word(glue, drops)];
  const seen = {
    first,
    state: raw.__unpoison_state?.value,
    terminated: flag && word(glue, flag.value),
    entries: [
      () => glue.greet("x"),
      () => glue.shout("x"),
      () => new glue.Counter(1, "one"),
      () => counter.add(1),
      () => counter.label,
      () => counter.slots_free,
      () => glue.call_host("twice", 1),
      () => glue.try_host("twice", 1),
      () => glue.pass({}),
      () => glue.borrow("text"),
      () => glue.reverse([1, 2]),
      () => glue.names(),
      () => glue.casts(1),
      () => add(1),
      () => glue.adder(1),
      () => glue.lend(1),
      () => glue.sum_each(),
      () => glue.apply((value) => value, 1),
      () => glue.fail("again"),
      () => glue.borrow_cell(),
      () => glue.twice(1),
      () => counter.into_value(),
    ].map((f) => outcome(glue, f)),
    frees: [() => others[0][0].free(), () => raw.__wbindgen_free?.(8, 8, 8)].map((f) =>
      outcome(glue, f),
    ),
  };
  // Finalizers of counters and closures, by the collector itself.
  counter = add = undefined;
  others = [];
  for (let n = 0; n < 5; n++) {
    globalThis.gc?.();
    await pause();
  }
  seen.uncaught = uncaught.splice(0).map((e) => described(glue, e));
  seen.moved = before.join() !== [word(glue, steps), word(glue, drops)].join();
  return seen;
}

async function main() {
  const outcomes = {};
  for (const name of named.length ? named : ["healthy", ...Object.keys(failures)]) {
    outcomes[name] = await (name === "healthy" ? healthy() : failed(failures[name]));
  }
  const plain = (_, value) => (typeof value === "bigint" ? `${value}n` : value);
  process.stdout.write(JSON.stringify(outcomes, plain));
}

// Not by a rejection: those count as what nobody caught.
main().catch((e) => {
  console.error(e);
  process.exit(1);
});
