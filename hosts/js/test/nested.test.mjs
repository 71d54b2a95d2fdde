// Calls inside calls: nothing of two generations is ever on the stack at once.

import assert from "node:assert/strict";
import test from "node:test";
import { PanicError, RustAbortError, SealedError, recoverSync } from "../src/index.js";
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
  assert.ok(inner instanceof RustAbortError);
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

test("an exception of the host's is the same object, and leaves nothing of the instance behind", () => {
  const told = [];
  const { r, told: imports } = nested({ ...opened, onAbort: (e, { instance }) => told.push([e, instance]) });
  const values = [{ any: "object" }, new Error("the host's own"), undefined, null, "text", 7, Symbol("s")];
  values.forEach((value, n) => {
    imports.step = () => {
      throw value;
    };
    const { instance } = r;
    assert.equal(thrown(() => r.exports.step(0)), value);
    const [error, failed] = told.at(-1);
    assert.ok(error instanceof RustAbortError);
    assert.equal(error.kind, "exception");
    assert.equal(error.cause, value);
    assert.equal(failed, instance);
    assert.equal(r.failure, error);
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(r.generation, n + 2);
  });
  assert.equal(told.length, values.length);
});

test("a stack that ends inside the host's function is an exception of the host's", () => {
  const { r, told } = nested();
  told.step = function again() {
    return again() + 1;
  };
  assert.ok(thrown(() => r.exports.step(0)) instanceof RangeError);
  assert.equal(r.failure.kind, "exception");
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("an exception of the host's may pass, if it is let", () => {
  const { r, told } = nested({ ...opened, hostExceptions: "pass" });
  for (const value of [{ any: "object" }, undefined, null, "text", 7]) {
    told.step = () => {
      throw value;
    };
    assert.equal(thrown(() => r.exports.step(0)), value);
  }
  assert.equal(r.generation, 1);
  assert.equal(r.failure, undefined);
  assert.equal(r.exports.sum(), 1000n);
});

test("an argument that cannot be converted is no failure, a result of an import that cannot be is one", () => {
  const { r, told } = nested();
  assert.ok(thrown(() => r.exports.transfer(0, 1, 1, 0)) instanceof TypeError);
  const own = new Error("the host's own");
  const value = {
    valueOf() {
      throw own;
    },
  };
  assert.equal(thrown(() => r.exports.step(value)), own);
  assert.equal(r.failure, undefined);
  told.step = () => Symbol("no number");
  assert.ok(thrown(() => r.exports.step(0)) instanceof TypeError);
  assert.equal(r.failure.kind, "exception");
  told.step = (n) => n;
  assert.equal(r.exports.sum(), 1000n);
});

test("another module's errors are exceptions of the host's", () => {
  const other = recoverSync(bytes, { env: { host_step: (n) => n } }, opened);
  for (const hostExceptions of ["pass", "fail"]) {
    for (const kind of [Fail.panic, Fail.abort, Fail.trap]) {
      const { r, told } = nested({ ...opened, hostExceptions });
      told.step = () => other.exports.transfer(0, 1, 1n, kind);
      const error = thrown(() => r.exports.step(0));
      assert.ok(error instanceof PanicError || error instanceof RustAbortError);
      assert.equal(r.failure?.kind, hostExceptions === "pass" ? undefined : "exception");
      assert.equal(r.exports.sum(), 1000n);
      assert.equal(r.generation, hostExceptions === "pass" ? 1 : 2);
    }
  }
  assert.equal(other.exports.sum(), 1000n);
  assert.equal(other.generation, 7);
});

test("a raw failure that the import hides is found on the way out", () => {
  for (const kind of [Fail.abort, Fail.trap]) {
    const told = [];
    const { r, told: imports } = nested({ ...opened, hostExceptions: "pass", onAbort: (e) => told.push(e) });
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
  assert.ok(seen[0] instanceof RustAbortError && seen[1] instanceof SealedError);
  assert.equal(r.generation, 2);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 3);
});
