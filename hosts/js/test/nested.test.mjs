// Calls inside calls: nothing of two generations is ever on the stack at once.

import assert from "node:assert/strict";
import test from "node:test";
import { AbortError, PanicError, SealedError, recoverSync } from "../src/index.js";
import { Fail, bytesOf, opened, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");

/** A ledger whose import does what it is told. */
function nested(options = opened) {
  const told = { step: (n) => n };
  const r = recoverSync(bytes, { env: { host_step: (n) => told.step(n) } }, options);
  return { r, told };
}

test("a failure inside that the import lets through", () => {
  const { r, told } = nested();
  let inner;
  told.step = () => {
    inner = thrown(() => r.exports.transfer(0, 1, 1n, Fail.abort));
    throw inner;
  };
  const outer = thrown(() => r.exports.step(0));
  assert.ok(inner instanceof AbortError);
  assert.equal(outer, inner);
  assert.equal(r.generation, 1);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("a failure inside that the import swallows ends the outer call, too", () => {
  for (const kind of [Fail.panic, Fail.abort, Fail.alloc, Fail.trap, Fail.engineStack]) {
    const { r, told } = nested();
    let inner;
    told.step = (n) => {
      inner = thrown(() => r.exports.transfer(0, 1, 1n, kind));
      return n;
    };
    const outer = thrown(() => r.exports.step(0));
    assert.ok(outer instanceof SealedError);
    assert.equal(outer.failure, inner);
    assert.equal(r.exports.sum(), 1000n);
  }
});

test("a call from an import of a sealed instance does not get a fresh one", () => {
  const { r, told } = nested();
  const seen = [];
  const view = r.memory.view(Uint8Array, 0, 1);
  told.step = (n) => {
    seen.push(thrown(() => r.exports.transfer(0, 1, 1n, Fail.trap)));
    seen.push(thrown(() => r.exports.sum()));
    seen.push(thrown(() => r.memory.buffer));
    seen.push(thrown(() => r.reinit()));
    seen.push(thrown(() => view.get()));
    return n;
  };
  thrown(() => r.exports.step(0));
  assert.equal(r.generation, 1);
  assert.ok(seen[1] instanceof SealedError && seen[2] instanceof SealedError);
  assert.equal(seen[1].failure, seen[0]);
  assert.match(seen[3].message, /in flight/);
  assert.ok(seen[4] instanceof SealedError);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("deep", () => {
  const { r, told } = nested();
  const errors = [];
  told.step = (n) => {
    if (n === 0) r.exports.transfer(0, 1, 1n, Fail.alloc);
    try {
      return r.exports.step(n - 1);
    } catch (e) {
      errors.push(e);
      if (n % 2 === 0) throw e;
      return n;
    }
  };
  const last = thrown(() => r.exports.step(9));
  assert.ok(last instanceof SealedError);
  assert.equal(errors.length, 9);
  assert.equal(errors[0].kind, "alloc");
  assert.equal(last.failure, errors[0]);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("an exception of the host's passes and costs nothing", () => {
  const { r, told } = nested();
  const mine = { any: "object" };
  told.step = () => {
    throw mine;
  };
  assert.equal(thrown(() => r.exports.step(0)), mine);
  for (const value of [undefined, null, "text", 7]) {
    told.step = () => {
      throw value;
    };
    assert.equal(thrown(() => r.exports.step(0)), value);
  }
  assert.equal(r.generation, 1);
  assert.equal(r.exports.sum(), 1000n);
});

test("another module's errors pass", () => {
  const other = recoverSync(bytes, { env: { host_step: (n) => n } }, opened);
  for (const kind of [Fail.panic, Fail.abort, Fail.trap]) {
    const { r, told } = nested();
    told.step = () => other.exports.transfer(0, 1, 1n, kind);
    const error = thrown(() => r.exports.step(0));
    assert.ok(error instanceof PanicError || error instanceof AbortError);
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(r.generation, 1);
  }
  assert.equal(other.exports.sum(), 1000n);
  assert.equal(other.generation, 4);
});

test("a raw failure that the import hides is found on the way out", () => {
  for (const kind of [Fail.abort, Fail.trap]) {
    const told = [];
    const { r, told: imports } = nested({ ...opened, onAbort: (e) => told.push(e) });
    imports.step = () => {
      // Past the wrappers, as nobody should.
      thrown(() => r.instance.exports.transfer(0, 1, 1n, kind));
      throw new Error("the host's own");
    };
    thrown(() => r.exports.step(0));
    // At the latest by the module itself, at the next call.
    const next = kind === Fail.trap ? thrown(() => r.exports.sum()) : undefined;
    if (next !== undefined) assert.ok(next instanceof SealedError);
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(told.length, 1);
    assert.equal(told[0].kind, kind === Fail.abort ? "abort" : "trap");
  }
});

test("a failure that could not be decoded, for want of stack", () => {
  const { decode } = TextDecoder.prototype;
  // Nothing inside says afterwards that this instance failed.
  const r = recoverSync(bytesOf("ledger-unguarded"), { env: { host_step: () => step() } }, opened);
  let step;
  for (const ends of [() => 1, () => { throw new Error("the host's own"); }]) {
    const { generation } = r;
    step = () => {
      TextDecoder.prototype.decode = () => {
        TextDecoder.prototype.decode = decode;
        throw new RangeError("Maximum call stack size exceeded");
      };
      assert.ok(thrown(() => r.exports.transfer(0, 1, 1n, Fail.alloc)) instanceof RangeError);
      return ends();
    };
    thrown(() => r.exports.step(0));
    assert.equal(r.failure.stackOverflow, true);
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(r.generation, generation + 1);
  }
});

test("no call gets in while an instance is being made", () => {
  let r;
  const seen = [];
  const options = {
    init(exports) {
      exports.open(10, 100n);
      if (r !== undefined && seen.length === 0) {
        // What fails in here fails the new instance; nobody makes another in between.
        seen.push(thrown(() => exports.transfer(0, 1, 1n, Fail.abort)));
        seen.push(thrown(() => exports.sum()));
      }
    },
  };
  r = recoverSync(bytes, { env: { host_step: (n) => n } }, options);
  thrown(() => r.exports.transfer(0, 1, 1n, Fail.abort));
  assert.ok(thrown(() => r.exports.sum()) instanceof SealedError);
  assert.ok(seen[0] instanceof AbortError && seen[1] instanceof SealedError);
  assert.equal(r.generation, 2);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 3);
});
