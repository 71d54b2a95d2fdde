// Modules that keep their tags to themselves, or have none: the same errors, the same recovery.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { PanicError, RustAbortError, SealedError, decode, recoverBindgen, recoverSync } from "../src/index.js";
import { bytesOf, moduleOf, thrown } from "./fixtures.mjs";

const env = (host = () => {}) => ({ env: { host } });

for (const name of ["untagged-unwinding", "untagged-off"]) {
  const unwinds = name === "untagged-unwinding";

  test(`${name}: a panic`, () => {
    const told = [];
    const r = recoverSync(bytesOf(name), env(), { onPanic: (e) => told.push(e) });
    for (let n = 1; n <= 3; n++) {
      const error = thrown(() => r.exports.panic());
      assert.ok(error instanceof PanicError);
      assert.deepEqual([error.message, error.file, error.line, error.column], ["gone", "lib.rs", 3, 4]);
      assert.equal(told.at(-1), error);
      assert.equal(told.length, n);
      assert.equal(r.exports.count(), unwinds ? n : 1);
      assert.equal(r.generation, unwinds ? 1 : n + 1);
    }
  });

  test(`${name}: an abort and a trap`, () => {
    const told = [];
    const r = recoverSync(bytesOf(name), env(), { onAbort: (e) => told.push(e) });
    for (const [n, kind] of ["abort", "trap", "abort"].entries()) {
      const error = thrown(() => r.exports[kind]());
      assert.ok(error instanceof RustAbortError);
      assert.equal(error.kind, kind);
      assert.ok(error.cause instanceof WebAssembly.RuntimeError);
      assert.equal(r.exports.count(), 1);
      assert.equal(r.generation, n + 2);
    }
    assert.deepEqual(told.map((e) => e.kind), ["abort", "trap", "abort"]);
  });

  test(`${name}: refused calls, by decode alone`, () => {
    const module = moduleOf(name);
    const made = new WebAssembly.Instance(module, env());
    const failure = decode(made, thrown(() => made.exports.abort()), { module });
    assert.equal(failure.kind, "abort");
    const sealed = decode(made, thrown(() => made.exports.count()), { module });
    assert.ok(sealed instanceof SealedError);
    assert.equal(sealed.failure, failure);
  });

  test(`${name}: a failure inside that the import swallows`, () => {
    let inner;
    const r = recoverSync(bytesOf(name), env(() => {
      inner = thrown(() => r.exports.abort());
    }));
    const outer = thrown(() => r.exports.step());
    assert.ok(inner instanceof RustAbortError);
    assert.ok(outer instanceof SealedError);
    assert.equal(outer.failure, inner);
    assert.equal(r.exports.count(), 1);
    assert.equal(r.generation, 2);
  });

  test(`${name}: exceptions of the host's`, () => {
    const own = new Error("the host's own");
    const r = recoverSync(bytesOf(name), env(() => {
      throw own;
    }));
    r.exports.count();
    assert.equal(thrown(() => r.exports.step()), own);
    assert.equal(r.failure?.kind, unwinds ? undefined : "exception");
    assert.equal(r.exports.count(), unwinds ? 2 : 1);
  });

  test(`${name}: a host that seals`, () => {
    const told = [];
    const r = recoverSync(bytesOf(name), env(), { onAbort: (e) => told.push(e.kind) });
    r.exports.count();
    r.instance.exports.__unpoison_state.value = 2;
    assert.ok(thrown(() => r.exports.count()) instanceof RustAbortError);
    assert.equal(r.exports.count(), 1);
    assert.equal(r.generation, 2);
    assert.deepEqual(told, ["abort"]);
  });
}

test("another's exception is not taken for a panic that was caught long ago", () => {
  const module = moduleOf("untagged-unwinding");
  const made = new WebAssembly.Instance(module, env());
  const panic = thrown(() => made.exports.panic());
  assert.equal(decode(made, panic, { module }).kind, "panic");
  const tag = new WebAssembly.Tag({ parameters: ["i32"] });
  const other = new WebAssembly.Exception(tag, [1]);
  assert.equal(decode(made, other, { module }), other);
  made.exports.caught();
  const r = recoverSync(module, env(() => {
    throw other;
  }));
  r.exports.caught();
  assert.equal(thrown(() => r.exports.step()), other);
  assert.equal(r.failure, undefined);
});

test("a host that seals a module with tags", () => {
  const r = recoverSync(bytesOf("ledger"), { env: { host_step: (n) => n } }, { init: (x) => x.open(10, 100n) });
  r.instance.exports.__unpoison_state.value = 2;
  const refused = thrown(() => r.exports.sum());
  assert.ok(refused instanceof SealedError);
  assert.equal(refused.failure.kind, "abort");
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("without tags: a trap that nobody looked at is known by the call that it refuses", () => {
  const module = moduleOf("ledger-off");
  const made = new WebAssembly.Instance(module, { env: { host_step: (n) => n } });
  made.exports.open(10, 100n);
  thrown(() => made.exports.transfer(0, 1, 1n, 5));
  const refused = decode(made, thrown(() => made.exports.sum()), { module });
  assert.ok(refused instanceof SealedError);
  assert.equal(refused.failure.kind, "trap");
});

test("without tags: what wasm-bindgen's glue passes on is known", () => {
  const actions = {};
  globalThis.host = { call: (name) => actions[name](), each: (f) => f(-5) };
  const require = createRequire(join(process.env.UNPOISON_FIXTURES, "off/nodejs/"));
  const { exports: x } = recoverBindgen(require("./bindgen.js"));
  assert.equal(thrown(() => x.sum_each()).message, "a negative number: -5");
  let inner;
  actions.fail = () => {
    inner = thrown(() => x.fail("caught"));
    throw inner;
  };
  // The glue hands what is thrown to the instance, which refuses it.
  const outer = thrown(() => x.try_host("fail", 1));
  assert.ok(outer instanceof SealedError);
  assert.equal(outer.failure, inner);
  assert.equal(inner.message, "caught");
});
