// What is a trap of the instance, and what only looks like one.

import assert from "node:assert/strict";
import test from "node:test";
import { RustAbortError, decode, recoverSync } from "../src/index.js";
import { isUnreachable, trapOf } from "../src/traps.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");
const module = moduleOf("ledger");
const transfer = (r, kind) => thrown(() => r.exports.transfer(0, 1, 1n, kind));

test("an access out of bounds, which may be a stack's end", () => {
  for (const kind of [Fail.trap, Fail.stack]) {
    const r = recoverSync(bytes, quiet, opened);
    const error = transfer(r, kind);
    assert.ok(error instanceof RustAbortError);
    assert.equal(error.kind, "trap");
    assert.equal(error.stackOverflow, undefined);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    assert.equal(error.message, error.cause.message);
    assert.match(error.stack, /^RustAbortError: memory access out of bounds\n.*wasm-function/);
  }
});

test("the engine's stack", () => {
  const r = recoverSync(bytes, quiet, opened);
  const error = transfer(r, Fail.engineStack);
  assert.equal(error.kind, "trap");
  assert.equal(error.stackOverflow, true);
  assert.ok(error.cause instanceof RangeError);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("an unreachable", () => {
  const r = recoverSync(bytesOf("references"), { env: { host: (f) => f } });
  const error = thrown(() => r.exports.trap());
  assert.equal(error.kind, "trap");
  assert.equal(error.stackOverflow, false);
});

/** A transfer whose import throws, let through: the instance lives. */
function throwing(make) {
  const r = recoverSync(bytes, { env: { host_step: () => make() } }, { ...opened, hostExceptions: "pass" });
  return { r, error: thrown(() => r.exports.step(0)) };
}

test("traps of others", () => {
  const other = new WebAssembly.Instance(module, quiet);
  other.exports.open(10, 100n);
  const cases = {
    "another instance's": () => other.exports.transfer(0, 1, 1n, Fail.trap),
    "a RuntimeError made by hand": () => {
      throw new WebAssembly.RuntimeError("unreachable");
    },
    "a RangeError": () => new Array(-1),
    "a recursion in an import": function again() {
      return again() + 1;
    },
  };
  for (const [name, make] of Object.entries(cases)) {
    const { r, error } = throwing(make);
    assert.ok(error instanceof WebAssembly.RuntimeError || error instanceof RangeError, name);
    assert.equal(r.exports.sum(), 1000n, name);
    assert.equal(r.generation, 1, name);
  }
});

test("an import that is another instance's function", () => {
  const other = new WebAssembly.Instance(module, quiet);
  const r = recoverSync(bytes, { env: { host_step: other.exports.balance } }, { ...opened, hostExceptions: "pass" });
  const error = thrown(() => r.exports.step(7));
  assert.ok(error instanceof WebAssembly.Exception);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 1);
});

test("by `decode` alone, what was thrown by a script is known by its stack", () => {
  const made = new WebAssembly.Instance(module, quiet);
  const recursion = thrown(function again() {
    return again() + 1;
  });
  assert.equal(decode(made, recursion), recursion);
  const byHand = new WebAssembly.RuntimeError("unreachable");
  assert.equal(decode(made, byHand), byHand);
});

test("traps are known without their stacks", (t) => {
  const { prepareStackTrace } = Error;
  t.after(() => {
    Error.prepareStackTrace = prepareStackTrace;
  });
  const ways = [
    () => "no stack",
    () => undefined,
    (_, frames) => frames,
    (e) => `${e}\n    at file.js:1:2`,
    (e, frames) => `${e}${frames.filter((f) => f.getFileName()?.startsWith("file")).map((f) => `\n    at ${f}`).join("")}`,
  ];
  for (const way of ways) {
    Error.prepareStackTrace = way;
    const told = [];
    const r = recoverSync(bytes, quiet, { ...opened, onAbort: (e) => told.push(e) });
    for (const kind of [Fail.trap, Fail.stack, Fail.engineStack]) {
      const error = transfer(r, kind);
      assert.ok(error instanceof RustAbortError);
      assert.equal(error.kind, "trap");
      assert.equal(told.pop(), error);
      assert.equal(r.exports.sum(), 1000n);
    }
    const made = new WebAssembly.Instance(module, quiet);
    made.exports.open(10, 100n);
    assert.equal(decode(made, thrown(() => made.exports.transfer(0, 1, 1n, Fail.trap))).kind, "trap");
  }
});

test("what engines say of a trap", () => {
  const words = {
    "memory access out of bounds": undefined,
    "Out of bounds memory access (evaluating 'f()')": undefined,
    "index out of bounds": undefined,
    "Out of bounds call_indirect (evaluating 'f()')": false,
    "table index is out of bounds": false,
    "Unreachable code should not be executed (evaluating 'f()')": false,
    "unreachable executed": false,
  };
  for (const [message, stackOverflow] of Object.entries(words)) {
    const trap = new WebAssembly.RuntimeError(message);
    assert.deepEqual(trapOf(trap, false), { stackOverflow }, message);
    assert.equal(isUnreachable(trap), stackOverflow === false && /unreachable/i.test(message));
  }
  for (const message of ["Maximum call stack size exceeded.", "Maximum call stack size exceeded"]) {
    assert.deepEqual(trapOf(new RangeError(message), false), { stackOverflow: true });
  }
  const firefox = Object.assign(new Error("too much recursion"), { name: "InternalError" });
  assert.deepEqual(trapOf(firefox, false), { stackOverflow: true });
  assert.equal(trapOf(new RangeError("Invalid array length"), false), undefined);
});

test("calls from the very end of the stack", () => {
  const r = recoverSync(bytes, quiet, opened);
  let ended = 0;
  let answered = 0;
  function deeper() {
    try {
      deeper();
    } catch {
      ended++;
    }
    // In the first of these there is hardly room for anything, and none for a fresh instance.
    if (ended < 1000) {
      try {
        if (r.exports.sum() === 1000n) answered++;
      } catch (e) {
        ended++;
      }
    }
  }
  deeper();
  assert.ok(answered > 0);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.exports.transfer(0, 1, 1n, 0) >= 1, true);
  assert.equal(r.failure, undefined);
});
