// wasm-bindgen's glue of a module whose panics unwind: nothing may end in "Module terminated".

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { PanicError, recoverBindgen } from "../src/index.js";
import { thrown } from "./fixtures.mjs";

const path = join(process.env.UNPOISON_FIXTURES, "living/bindgen_unwind.js");
const require = createRequire(import.meta.url);
const pause = () => new Promise((done) => setTimeout(done, 2));

const uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
process.on("unhandledRejection", (e) => uncaught.push(e));

let actions = {};
globalThis.host = {
  call: (name, value) => actions[name](value),
  each: (f) => [1, 2, 3].forEach((value) => f(value)),
  note: () => {},
  later: async (value) => {
    await pause();
    return value + 1;
  },
  lookup: async (key) => `key ${key}`,
  timer: () => Promise.resolve(),
};

function load(options) {
  delete require.cache[require.resolve(path)];
  return recoverBindgen(require(path), options);
}

test("an onPanic that throws costs the call", () => {
  const r = load({
    onPanic(error) {
      throw new Error("the hook's own", { cause: error });
    },
  });
  for (let n = 0; n < 5; n++) {
    const error = thrown(() => r.exports.panics("gone"));
    assert.equal(error.message, "the hook's own");
    assert.ok(error.cause instanceof PanicError);
    assert.equal(error.cause.message, "gone");
    assert.equal(r.exports.divide(4, 2), 2);
    assert.equal(r.failure, undefined);
  }
  assert.equal(r.generation, 1);
});

test("an onPanic that throws while a promise is at work", async (t) => {
  // Nobody can catch what a hook throws in a task; the test's runner must not take it for its own.
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (e) => uncaught.push(e));
  t.after(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });
  const r = load({
    onPanic() {
      throw new Error("the hook's own");
    },
  });
  await assert.rejects(Promise.resolve().then(() => r.exports.waits(20, 1)));
  assert.equal(r.exports.divide(4, 2), 2);
  for (let n = 0; n < 5; n++) await pause();
  assert.equal(r.exports.divide(4, 2), 2);
  assert.deepEqual(uncaught.splice(0).map((e) => e.message), ["the hook's own"]);
});

test("a closure that must not panic, and does", () => {
  const told = [];
  const r = load({ onPanic: (e) => told.push(e) });
  for (let n = 1; n < 4; n++) {
    const closure = r.exports.unprotected();
    const error = thrown(() => closure(-1));
    assert.ok(error instanceof PanicError, `${error}`);
    assert.equal(r.failure, error);
    assert.equal(told.at(-1), error);
    assert.equal(r.exports.divide(4, 2), 2);
    assert.equal(r.generation, n + 1);
  }
  assert.equal(told.length, 3);
});

test("the same inside another call", () => {
  const r = load();
  const closure = r.exports.unprotected();
  actions.run = () => {
    thrown(() => closure(-1));
    return 1;
  };
  assert.ok(thrown(() => r.exports.call_host("run", 1)) instanceof Error);
  assert.equal(r.exports.divide(4, 2), 2);
  assert.equal(r.generation, 2);
});

test("the flag, set by the host", () => {
  const told = [];
  const r = load({ onAbort: (e) => told.push(e.message) });
  const flag = r.instance.exports.__instance_terminated.value >>> 2;
  for (let n = 1; n < 4; n++) {
    new Int32Array(r.memory.buffer)[flag] = 1;
    assert.equal(r.exports.divide(4, 2), 2);
    assert.equal(r.generation, n + 1);
  }
  assert.deepEqual(told, Array(3).fill("the module was terminated"));
});

test("an exception of the host's passes, and the instance lives", () => {
  const r = load();
  const own = new RangeError("from the host");
  actions.throw = () => {
    throw own;
  };
  actions.deep = function again() {
    return again() + 1;
  };
  for (let n = 0; n < 3; n++) {
    assert.equal(thrown(() => r.exports.call_host("throw", 1)), own);
    assert.ok(thrown(() => r.exports.call_host("deep", 1)) instanceof RangeError);
    assert.equal(r.exports.divide(4, 2), 2);
  }
  assert.equal(r.generation, 1);
  assert.equal(r.failure, undefined);
});
