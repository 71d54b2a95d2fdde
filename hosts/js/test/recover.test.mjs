// Fresh instances: when, by which policy, and who is told.

import assert from "node:assert/strict";
import test from "node:test";
import { PanicError, RustAbortError, SealedError, StaleError, recover, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");
const failing = (r, kind) => thrown(() => r.exports.transfer(0, 1, 1n, kind));

test("every failure but none of the host's makes a fresh instance, at the next call", () => {
  const r = recoverSync(bytes, quiet, opened);
  let generation = 1;
  for (const kind of Object.values(Fail).filter((kind) => kind !== Fail.nothing && kind !== Fail.host)) {
    r.exports.transfer(0, 1, 1n, Fail.nothing);
    failing(r, kind);
    assert.equal(r.generation, generation, "not before it is needed");
    assert.ok(r.failure instanceof Error);
    assert.equal(r.exports.committed(), 0);
    assert.equal(r.failure, undefined);
    assert.equal(r.generation, ++generation);
  }
});

test("sources", async () => {
  const wasm = { headers: { "content-type": "application/wasm" } };
  const array = Uint8Array.from(bytes).buffer;
  const sources = [
    bytes,
    array,
    new DataView(array),
    moduleOf("ledger"),
    Promise.resolve(moduleOf("ledger")),
    new Response(bytes, wasm),
    Promise.resolve(new Response(bytes)),
  ];
  for (const source of sources) {
    const r = await recover(source, quiet, opened);
    failing(r, Fail.abort);
    assert.equal(r.exports.sum(), 1000n);
  }
  const withCheckpoint = await recover(new Response(bytes, wasm), quiet, { ...opened, checkpoint: "call" });
  assert.equal(withCheckpoint.exports.sum(), 1000n);
  await assert.rejects(recover(new Response("", { status: 404 })), /404/);
  await assert.rejects(recover("ledger.wasm"), /a module is needed/);
  await assert.rejects(recover(new Uint8Array(3)), WebAssembly.CompileError);
  await assert.rejects(recover(bytes, {}), (e) => e instanceof TypeError || e instanceof WebAssembly.LinkError);
});

test("who is told, and when", () => {
  const log = [];
  const r = recoverSync(bytes, quiet, {
    init: (exports) => {
      log.push("init");
      exports.open(10, 100n);
    },
    onPanic: (error) => log.push(error),
    onAbort: (error) => log.push(error),
    onReinit: (instance, generation) => log.push([instance, generation]),
  });
  const panic = failing(r, Fail.panic);
  const abort = failing(r, Fail.abort);
  const { instance } = r;
  const trap = failing(r, Fail.trap);
  assert.ok(panic instanceof PanicError && abort instanceof RustAbortError);
  assert.deepEqual(log.length, 8);
  assert.equal(log[0], "init");
  assert.equal(log[1], panic);
  assert.equal(log[2], "init");
  assert.equal(log[3][1], 2);
  assert.equal(log[4], abort);
  assert.equal(log[5], "init");
  assert.equal(log[6][1], 3);
  assert.equal(log[7], trap);
  assert.notEqual(log[3][0], log[6][0]);
  assert.equal(log[6][0], r.instance);
  assert.notEqual(instance, r.instance);
});

test("a callback may throw", () => {
  const r = recoverSync(bytes, quiet, {
    ...opened,
    onAbort() {
      throw new Error("the callback's own");
    },
  });
  assert.equal(failing(r, Fail.abort).message, "the callback's own");
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("policy seal", () => {
  const r = recoverSync(bytes, quiet, { ...opened, policy: "seal" });
  const failure = failing(r, Fail.alloc);
  assert.equal(failure.kind, "alloc");
  for (const f of [() => r.exports.sum(), () => r.exports.sum(), () => r.reinit()]) {
    const sealed = thrown(f);
    assert.ok(sealed instanceof SealedError);
    assert.equal(sealed.failure, failure);
  }
  assert.equal(r.failure, failure);
  assert.equal(r.generation, 1);
});

test("policy throw", () => {
  const told = [];
  const r = recoverSync(bytes, quiet, { ...opened, policy: "throw", onAbort: (e) => told.push(e) });
  const exception = failing(r, Fail.abort);
  assert.ok(exception instanceof WebAssembly.Exception);
  assert.equal(told.length, 1);
  assert.equal(told[0].exception, exception);
  const sealed = thrown(() => r.exports.sum());
  assert.equal(sealed.failure, told[0]);
  r.reinit();
  assert.equal(r.exports.sum(), 1000n);
  assert.ok(failing(r, Fail.trap) instanceof WebAssembly.RuntimeError);
  assert.equal(told.length, 2);
});

test("options that are none", () => {
  assert.throws(() => recoverSync(bytes, quiet, { policy: "retry" }), /policy: "reinit" or "seal" or "throw", not retry/);
  assert.throws(() => recoverSync(bytes, quiet, { checkpoint: "always" }), /checkpoint: "init" or "manual" or "call"/);
  assert.throws(() => recoverSync(bytes, quiet, { checkpoint: "call", policy: "seal" }), /of no use/);
  assert.throws(() => recoverSync(bytes, quiet).checkpoint(), /option `checkpoint`/);
});

test("imports for each generation", () => {
  const seen = [];
  const r = recoverSync(
    bytes,
    (generation) => ({ env: { host_step: (n) => (seen.push(generation), n) } }),
    opened,
  );
  r.exports.step(0);
  failing(r, Fail.abort);
  r.exports.step(0);
  failing(r, Fail.abort);
  r.exports.step(0);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a fresh instance ahead of time", async () => {
  const r = await recover(bytes, quiet, opened);
  await r.ready();
  assert.equal(r.generation, 1);
  failing(r, Fail.abort);
  await Promise.all([r.ready(), r.ready()]);
  assert.equal(r.generation, 2);
  failing(r, Fail.abort);
  const ready = r.ready();
  assert.equal(r.exports.sum(), 1000n);
  await ready;
  assert.equal(r.generation, 3);
});

test("one that cannot be opened", async () => {
  let well = false;
  const init = (exports) => {
    if (!well) throw new Error("not yet");
    exports.open(10, 100n);
  };
  assert.throws(() => recoverSync(bytes, quiet, { init }), /not yet/);
  await assert.rejects(recover(bytes, quiet, { init }), /not yet/);
  well = true;
  const r = recoverSync(bytes, quiet, { init });
  well = false;
  failing(r, Fail.abort);
  assert.throws(() => r.exports.sum(), /not yet/);
  assert.throws(() => r.exports.sum(), /not yet/);
  well = true;
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 4);
});

test("a host that replaces a healthy instance", () => {
  const r = recoverSync(bytes, quiet, opened);
  r.exports.transfer(0, 1, 1n, 0);
  r.reinit();
  assert.equal(r.exports.committed(), 0);
  assert.equal(r.generation, 2);
});

test("an instance that cannot be replaced goes on", () => {
  let full = false;
  const imports = () => {
    if (full) throw new Error("no room");
    return quiet;
  };
  const r = recoverSync(bytes, imports, opened);
  full = true;
  r.exports.transfer(0, 1, 1n, 0);
  assert.throws(() => r.reinit(), /no room/);
  assert.equal(r.exports.committed(), 1);
  failing(r, Fail.abort);
  assert.throws(() => r.exports.sum(), /no room/);
  full = false;
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.generation, 2);
});

test("a start function calls imports", async () => {
  const bytes = bytesOf("starting");
  let lent;
  const imports = (generation) => ({
    env: {
      host(f) {
        lent = f;
        return generation;
      },
    },
  });
  for (const make of [recoverSync, recover]) {
    const r = await make(bytes, imports);
    assert.equal(r.exports.started(), 1);
    const first = lent;
    assert.equal(first(), 1, "what it hands out is of the instance that it starts");
    thrown(() => r.exports.trap());
    assert.equal(r.exports.started(), 2);
    assert.equal(lent(), 2);
    assert.ok(thrown(first) instanceof StaleError);
  }
  // One that fails leaves no instance to decode it by.
  let fails = false;
  const host = () => {
    if (fails) throw new Error("not now");
    return 7;
  };
  const r = recoverSync(bytes, { env: { host } });
  fails = true;
  thrown(() => r.exports.trap());
  assert.throws(() => r.exports.started(), /not now/);
  fails = false;
  assert.equal(r.exports.started(), 7);
});

test("exports look like exports", () => {
  const r = recoverSync(bytes, quiet, opened);
  const { exports } = new WebAssembly.Instance(moduleOf("ledger"), quiet);
  const visible = Object.keys(exports).filter((name) => !name.startsWith("__unpoison_"));
  assert.deepEqual(Object.keys(r.exports), visible);
  assert.equal(r.exports.transfer.length, 4);
  assert.equal(r.exports.transfer.name, "transfer");
  assert.equal(r.exports.__heap_base.value, exports.__heap_base.value);
  assert.ok(Object.isFrozen(r.exports));
  const { sum } = r.exports;
  failing(r, Fail.abort);
  assert.equal(sum(), 1000n);
});

test("without the guard, and with aborts that trap", () => {
  for (const name of ["ledger-unguarded", "ledger-traps"]) {
    const r = recoverSync(bytesOf(name), quiet, opened);
    const kinds = [Fail.panic, Fail.abort, Fail.alloc, Fail.trap, Fail.engineStack];
    for (const kind of kinds) {
      failing(r, kind);
      assert.equal(r.exports.sum(), 1000n, name);
    }
    assert.equal(r.generation, kinds.length + 1);
  }
});

test("a panic that unwinds costs the call only", () => {
  let r;
  const told = [];
  const onPanic = (error) => told.push(error);
  r = recoverSync(bytesOf("unwinding"), { env: { host: () => r.exports.panic() } }, { onPanic });
  assert.equal(r.exports.count(), 1);
  const error = thrown(() => r.exports.panic());
  assert.ok(error instanceof PanicError);
  assert.equal(error.message, "gone");
  assert.deepEqual([error.file, error.line, error.column], ["lib.rs", 3, 4]);
  assert.equal(r.failure, undefined);
  // Through an import and the call that made it.
  const nested = thrown(() => r.exports.step());
  assert.ok(nested instanceof PanicError && nested !== error);
  assert.equal(told.length, 2);
  assert.equal(r.exports.count(), 2);
  assert.equal(r.generation, 1);
});

test("whoever is told of a panic is told once, also of one that passes undecoded", () => {
  let r;
  const told = [];
  const options = { policy: "throw", onPanic: (error) => told.push(error) };
  r = recoverSync(bytesOf("unwinding"), { env: { host: () => r.exports.panic() } }, options);
  assert.ok(thrown(() => r.exports.step()) instanceof WebAssembly.Exception);
  assert.equal(told.length, 1);
});
