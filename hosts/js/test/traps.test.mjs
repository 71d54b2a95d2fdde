// What is a trap of the instance, and what only looks like one.

import assert from "node:assert/strict";
import test from "node:test";
import { AbortError, decode, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");
const module = moduleOf("ledger");
const transfer = (r, kind) => thrown(() => r.exports.transfer(0, 1, 1n, kind));

test("an access out of bounds, which may be a stack's end", () => {
  for (const kind of [Fail.trap, Fail.stack]) {
    const r = recoverSync(bytes, quiet, opened);
    const error = transfer(r, kind);
    assert.ok(error instanceof AbortError);
    assert.equal(error.kind, "trap");
    assert.equal(error.stackOverflow, undefined);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    assert.equal(error.message, error.cause.message);
    assert.match(error.stack, /^AbortError: memory access out of bounds\n.*wasm-function/);
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

/** A transfer whose import throws; it leaves a borrow behind, but the instance lives. */
function throwing(make) {
  const r = recoverSync(bytes, { env: { host_step: () => make() } }, opened);
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
  const r = recoverSync(bytes, { env: { host_step: other.exports.balance } }, opened);
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
    // In the first of these there is hardly room for anything.
    if (ended < 200) {
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
