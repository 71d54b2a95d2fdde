// Hooks that throw, wait and look; instances in the background; modules that fail over and over.

import assert from "node:assert/strict";
import test from "node:test";
import { WASI } from "node:wasi";
import { RustAbortError, SealedError, StaleError, recover, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");
const failing = (r, kind = Fail.abort) => thrown(() => r.exports.transfer(0, 1, 1n, kind));
const pause = (ms = 1) => new Promise((done) => setTimeout(done, ms));

test("an onReinit that throws does so once an instance", () => {
  const r = recoverSync(bytes, quiet, {
    ...opened,
    onReinit() {
      throw new Error("the hook's own");
    },
  });
  for (let n = 2; n < 5; n++) {
    failing(r);
    assert.throws(() => r.exports.sum(), /the hook's own/);
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(r.generation, n);
  }
});

test("an init that takes its time", async () => {
  const init = async (exports) => {
    await pause();
    exports.open(10, 100n);
    await pause();
  };
  assert.throws(() => recoverSync(bytes, quiet, { init }), /must not be asynchronous/);
  const r = await recover(bytes, quiet, { init, checkpoint: "init" });
  assert.equal(r.exports.sum(), 1000n);
  failing(r);
  await r.ready();
  assert.equal(r.exports.sum(), 1000n, "the checkpoint was taken after it");
  const again = await recover(bytes, quiet, { init });
  failing(again);
  // In the background, by itself; nobody gets in before it is through.
  await pause();
  assert.ok(thrown(() => again.exports.sum()) instanceof SealedError);
  await again.ready();
  assert.equal(again.exports.sum(), 1000n);
  assert.equal(again.generation, 2);
  await assert.rejects(recover(bytes, quiet, { init: () => Promise.reject(new Error("not yet")) }), /not yet/);
});

test("hooks are given the instance that failed, and its memory", () => {
  const seen = [];
  const onAbort = (error, { instance, memory, generation }) => {
    seen.push([error.kind, instance, memory.buffer.byteLength > 0, generation]);
  };
  const r = recoverSync(bytes, quiet, { ...opened, onAbort });
  const { instance } = r;
  failing(r);
  assert.deepEqual(seen, [["abort", instance, true, 1]]);
});

test("policy seal leaves the memory to be looked at", () => {
  const r = recoverSync(bytes, quiet, { ...opened, policy: "seal" });
  const at = r.exports.grow(1, 7);
  const view = r.memory.view(Uint8Array, at, 4);
  const failure = failing(r);
  assert.deepEqual([...view.get()], [7, 7, 7, 7]);
  assert.equal(new Uint8Array(r.memory.buffer)[at], 7);
  assert.equal(thrown(() => r.exports.sum()).failure, failure);
});

test("the instance is handed over before the first call: WASI", () => {
  let wasi;
  const imports = () => {
    wasi = new WASI({ version: "preview1" });
    return wasi.getImportObject();
  };
  const r = recoverSync(bytesOf("wasi"), imports, { onInstance: (instance) => wasi.initialize(instance) });
  const first = r.exports.seed();
  thrown(() => r.exports.trap());
  assert.notEqual(r.exports.seed(), first);
  assert.notEqual(first, 0);
});

test("a function of an old instance does not get into a new one", () => {
  const r = recoverSync(bytesOf("references"), { env: { host: (f) => f } });
  const one = r.exports.function();
  r.reinit();
  assert.ok(thrown(() => r.exports.same_function(one)) instanceof StaleError);
  assert.ok(thrown(() => r.exports.same([one])) instanceof StaleError);
  assert.equal(r.failure, undefined);
});

test("stale functions may be ignored", () => {
  const r = recoverSync(bytesOf("references"), { env: { host: (f) => f } }, { stale: "ignore" });
  const one = r.exports.function();
  assert.equal(one(), 1);
  r.reinit();
  assert.equal(one(), undefined);
  assert.equal(r.exports.function()(), 1);
});

test("a checkpoint for which there is no room", (t) => {
  const r = recoverSync(bytes, quiet, { ...opened, checkpoint: "call" });
  r.exports.transfer(0, 1, 1n, 0);
  const real = globalThis.Uint8Array;
  t.after(() => {
    globalThis.Uint8Array = real;
  });
  globalThis.Uint8Array = class extends real {
    constructor(...args) {
      if (typeof args[0] === "number" && args[0] > 100_000) throw new RangeError("Array buffer allocation failed");
      super(...args);
    }
  };
  assert.notEqual(r.exports.grow(20, 7), 0);
  globalThis.Uint8Array = real;
  assert.equal(r.stats().missed, 1);
  assert.equal(r.failure, undefined);
  failing(r);
  assert.equal(r.exports.committed(), 1);
});

test("a reinit that fails leaves a healthy instance as it was", () => {
  let fails = false;
  let r;
  const told = [];
  const init = (exports) => {
    if (fails) throw new Error("not now");
    exports.open(10, 100n);
  };
  r = recoverSync(bytes, quiet, { init, onAbort: (e) => told.push(e) });
  r.exports.transfer(0, 1, 1n, 0);
  const { instance } = r;
  const view = r.memory.view(Uint8Array, 0, 4);
  fails = true;
  assert.throws(() => r.reinit(), /not now/);
  assert.equal(r.failure, undefined);
  assert.equal(r.exports.committed(), 1);
  assert.equal(r.instance, instance);
  assert.equal(r.generation, 1);
  assert.equal(view.get().length, 4);
  assert.deepEqual(told, []);
  fails = false;
  r.reinit();
  assert.equal(r.exports.committed(), 0);
});

test("a start that calls back does not condemn the instance that is there", () => {
  let r;
  let calls = false;
  const host = () => {
    if (calls) r.exports.started();
    return 7;
  };
  r = recoverSync(bytesOf("starting"), { env: { host } });
  calls = true;
  const refused = thrown(() => r.reinit());
  assert.ok(refused instanceof SealedError);
  assert.match(refused.message, /is being made/);
  assert.equal(r.failure, undefined);
  assert.equal(r.exports.started(), 7);
});

test("two that are waited for at once are one, with its own memory", async () => {
  const made = [];
  const imports = () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    made.push(memory);
    return { env: { memory } };
  };
  const r = await recover(bytesOf("imported-memory"), imports);
  thrown(() => r.exports.trap());
  await Promise.all([r.ready(), r.ready()]);
  assert.equal(made.length, 2);
  assert.equal(r.exports.count(), 1);
  assert.equal(r.memory.view(Uint32Array, 0, 1).get()[0], 1);
  assert.equal(r.memory.buffer, made[1].buffer);
});

test("an instance that may only be made in the background is, by itself", async (t) => {
  const { Instance } = WebAssembly;
  const r = await recover(bytes, quiet, opened);
  t.after(() => {
    WebAssembly.Instance = Instance;
  });
  // As a page's main thread does with large modules.
  WebAssembly.Instance = function () {
    throw new RangeError("WebAssembly.Instance is disallowed on the main thread");
  };
  failing(r);
  assert.ok(thrown(() => r.exports.sum()) instanceof SealedError);
  await pause(20);
  assert.equal(r.exports.sum(), 1000n);
  // From now on before anybody asks.
  failing(r);
  await pause(20);
  assert.equal(r.generation, 3);
  assert.equal(r.exports.sum(), 1000n);
});

test("a module that fails at each start is not made anew without end", async () => {
  let fails = false;
  let tries = 0;
  const init = (exports) => {
    tries++;
    if (fails) throw new Error("not yet");
    exports.open(10, 100n);
  };
  const r = recoverSync(bytes, quiet, { init });
  fails = true;
  failing(r);
  tries = 0;
  for (let n = 0; n < 100; n++) assert.ok(thrown(() => r.exports.sum()) instanceof Error);
  assert.equal(tries, 3);
  const refused = thrown(() => r.exports.sum());
  assert.ok(refused instanceof SealedError && refused.retryAfter > 0 && refused.retryAfter <= 100);
  assert.equal(refused.cause.message, "not yet");
  await pause(refused.retryAfter + 5);
  assert.match(thrown(() => r.exports.sum()).message, /not yet/);
  assert.equal(tries, 4);
  fails = false;
  await r.ready();
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.stats().unopened, 4);
});

test("a limit of fresh instances, and a pause that doubles", async () => {
  const limited = recoverSync(bytes, quiet, { ...opened, restarts: { limit: 3, within: 50 } });
  for (let n = 0; n < 2; n++) {
    failing(limited);
    assert.equal(limited.exports.sum(), 1000n);
  }
  failing(limited);
  assert.ok(thrown(() => limited.exports.sum()).retryAfter > 0);
  await pause(60);
  assert.equal(limited.exports.sum(), 1000n);

  const slow = recoverSync(bytes, quiet, { ...opened, restarts: { backoff: 20 } });
  failing(slow);
  assert.ok(thrown(() => slow.exports.sum()).retryAfter <= 20);
  await pause(25);
  failing(slow);
  assert.equal(slow.stats().row, 2);
  assert.ok(slow.stats().retryAfter > 20);
  slow.reinit();
  assert.equal(slow.exports.sum(), 1000n);
  assert.equal(slow.stats().row, 0);
  assert.equal(slow.stats().aborts, 2);
});

test("options that are none, and those of the wrong kind", async () => {
  for (const [options, why] of [
    [{ onpanic() {} }, /no option `onpanic`/],
    [{ onPanic: 1 }, /onPanic must be a function/],
    [{ stale: "drop" }, /stale: "throw" or "ignore", not drop/],
    [{ hostExceptions: true }, /hostExceptions/],
    [{ restarts: { limits: 3 } }, /no option of restarts `limits`/],
    [{ restarts: { limit: "many" } }, /restarts.limit: a number/],
  ]) {
    assert.throws(() => recoverSync(bytes, quiet, options), why);
    await assert.rejects(recover(bytes, quiet, options), why);
  }
});

test("names that every object has", () => {
  const { toString } = Object.prototype;
  const { keys } = Object;
  assert.throws(() => recoverSync(bytesOf("names"), {}), (e) => e instanceof WebAssembly.LinkError || e instanceof TypeError);
  assert.equal(Object.prototype.toString, toString);
  assert.equal(Object.keys, keys);
  const calls = [];
  const note = (name) => () => calls.push(name);
  const imports = { ["__proto__"]: { toString: note("toString") }, constructor: { keys: note("keys") }, env: { ["__proto__"]: note("__proto__") } };
  const r = recoverSync(bytesOf("names"), imports);
  r.exports.call();
  assert.deepEqual(calls, ["toString", "keys", "__proto__"]);
  assert.equal(Object.getPrototypeOf(r.exports), null);
  assert.equal(r.exports["__proto__"](), 7);
  assert.equal(r.exports.constructor(), 8);
  assert.equal(Object.prototype.toString, toString);
  assert.equal(Object.keys, keys);
});

test("a report that claims more than any has", () => {
  const r = recoverSync(moduleOf("boasting"));
  assert.equal(thrown(() => r.exports.panic()).message, "a panic");
});

test("imports that are methods of a class", () => {
  class Env {
    host_step(n) {
      return n;
    }
  }
  const r = recoverSync(bytes, { env: new Env() }, opened);
  assert.equal(r.exports.step(4), 5);
});

test("a hook's error takes the failure's place, and only once", () => {
  const r = recoverSync(bytes, quiet, {
    ...opened,
    onAbort(error) {
      throw new Error("the hook's own", { cause: error });
    },
  });
  const error = failing(r);
  assert.ok(error.cause instanceof RustAbortError);
  assert.equal(r.exports.sum(), 1000n);
});
