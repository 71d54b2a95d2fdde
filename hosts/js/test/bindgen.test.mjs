// wasm-bindgen's glue for each of its targets.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { PanicError, RustAbortError, SealedError, StaleError, recoverBindgen as recovered } from "../src/index.js";
import { thrown } from "./fixtures.mjs";

const at = (target, file) => join(process.env.UNPOISON_FIXTURES, target, file);
const require = createRequire(import.meta.url);
const pause = () => new Promise((done) => setTimeout(done, 1));
let made = 0;
/** That of a bundler makes no instances. */
const recoverBindgen = (glue, options) =>
  recovered(glue, glue.__wbg_set_wasm ? { module: readFileSync(at("bundler", "bindgen_bg.wasm")), ...options } : options);

/** Each a glue of its own: it has one instance at a time. */
const targets = {
  nodejs: () => {
    const path = at("nodejs", "bindgen.js");
    delete require.cache[require.resolve(path)];
    return require(path);
  },
  web: async () => {
    const glue = await import(`${pathToFileURL(at("web", "bindgen.js"))}?${made++}`);
    glue.initSync({ module: readFileSync(at("web", "bindgen_bg.wasm")) });
    return glue;
  },
  bundler: () => import(`${pathToFileURL(at("bundler", "bindgen_bg.js"))}?${made++}`),
};
// Node 20 cannot import a module's source.
if (Number(process.versions.node.split(".")[0]) >= 24) {
  targets.module = () => import(`${pathToFileURL(at("module", "bindgen.js"))}?${made++}`);
}

// What nobody caught.
const uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
process.on("unhandledRejection", (e) => uncaught.push(e));

let actions = {};
globalThis.host = {
  call: (name, value) => actions[name](value),
  text: (text) => `${text}?`,
  keep: (closure) => closure(1),
  each: (f) => [1, 2, 3].forEach((value) => actions.each?.(f, value) ?? f(value)),
  value: (value) => value,
  later: async (value) => {
    if (value === 13) throw new Error("thirteen");
    await pause();
    return value + 1;
  },
};

for (const [target, load] of Object.entries(targets)) {
  const fresh = async (options) => {
    actions = {};
    return recoverBindgen(await load(), options);
  };

  test(`${target}: what works without works with it`, async () => {
    const { exports: x } = await fresh();
    assert.equal(x.greet("wörld €"), "Hello, wörld €!");
    // Called as programs call them: with any `this`, or with more than is asked for.
    for (const self of [undefined, null, 1, "text", {}, x]) {
      assert.equal(x.greet.apply(self, ["you"]), "Hello, you!");
      assert.equal(x.greet.call(self, "you", "and", "you"), "Hello, you!");
      assert.equal(x.names.call(self).length, x.names().length);
    }
    assert.equal(x.shout("straße"), "STRASSE?");
    assert.equal(x.greet.length, 1);
    const counter = new x.Counter(5, "five");
    assert.ok(counter instanceof x.Counter);
    assert.equal(counter.constructor.name, "Counter");
    assert.deepEqual([counter.add(2), counter.label, counter.slots_free, counter.add_or_panic(1)], [7, "five", 9, 8]);
    counter.slots_free = 3;
    assert.equal(counter.slots_free, 3);
    assert.equal(new x.Counter(6, "six").into_value(), 6);
    counter.free();
    class More extends x.Counter {
      twice(by) {
        return this.add(by) + this.add(by);
      }
    }
    assert.equal(new More(1, "more").twice(1), 5);
    const add = x.adder(10);
    assert.deepEqual([add(1), add(2)], [11, 23]);
    assert.equal(x.sum_each(), 6);
    assert.equal(x.apply((value) => value + 1, 41), 42);
    x.lend(7);
    const object = {};
    assert.equal(x.pass(object), object);
    assert.deepEqual(x.reverse([1, "two", null]), [null, "two", 1]);
    actions.throw = () => {
      throw new TypeError("from the host");
    };
    assert.throws(() => x.call_host("throw", 4), TypeError);
    assert.throws(() => x.try_host("throw", 4), TypeError);
    assert.equal(await x.twice(20), 22);
    await assert.rejects(x.twice(13), /thirteen/);
    for (const name of ["__wbg_reset_state", "__wbg_set_wasm", "__wbindgen_init_externref_table", "initSync", "default"]) assert.ok(!(name in x));
  });

  test(`${target}: every failure is typed, and the next call works`, async () => {
    const told = [];
    const tell = (error) => told.push(error);
    const r = await fresh({ onPanic: tell, onAbort: tell, onReinit: (_, n) => told.push(n) });
    const { exports: x } = r;
    const failures = {
      panic: () => x.fail("it failed"),
      abort: () => x.abort(),
      alloc: () => x.allocate(0x7fff_fff0),
      trap: () => x.recurse(0),
      method: () => new x.Counter(5, "five").add_or_panic(1000),
      constructed: () => x.adder(10)(-1),
    };
    let generation = 1;
    for (const [name, fail] of Object.entries(failures)) {
      const error = thrown(fail);
      const kind = { method: "panic", constructed: "panic" }[name] ?? name;
      assert.equal(error.kind, kind, name);
      assert.ok(error instanceof (kind === "panic" ? PanicError : RustAbortError));
      assert.equal(x.greet("you"), "Hello, you!");
      assert.equal(r.generation, ++generation);
      assert.deepEqual(told.splice(0), [error, generation]);
    }
    assert.equal(thrown(failures.panic).message, "it failed");
  });

  test(`${target}: objects and closures of an old instance say so`, async () => {
    const r = await fresh();
    const { exports: x } = r;
    const counter = new x.Counter(5, "five");
    const add = x.adder(10);
    const doomed = new x.Counter(6, "six");
    thrown(() => x.fail("it failed"));
    doomed.free();
    assert.equal(r.generation, 1, "nothing is called for that");
    const uses = [
      () => counter.add(1),
      () => counter.label,
      () => counter.slots_free,
      () => {
        counter.slots_free = 1;
      },
      () => add(1),
      () => counter.into_value(),
      // What the glue does to each object of an array that Rust takes.
      () => counter.__destroy_into_raw(),
    ];
    for (const use of uses) assert.ok(thrown(use) instanceof StaleError, `${use}`);
    const other = new x.Counter(7, "seven");
    for (const use of uses) assert.ok(thrown(use) instanceof StaleError, `${use}`);
    counter.free();
    counter[Symbol.dispose]?.();
    add._wbg_cb_unref();
    assert.equal(other.add(1), 8);
    assert.equal(r.generation, 2);
    const drops = r.memory.view(Uint32Array, x.drops_address(), 1);
    other.free();
    assert.equal(drops.get()[0], 1);
    thrown(() => x.abort());
    await r.ready();
    assert.equal(r.generation, 3);
    assert.ok(thrown(() => drops.get()) instanceof StaleError);
  });

  test(`${target}: a promise of an instance that fails is rejected`, async () => {
    const { exports: x } = await fresh();
    const waiting = x.twice(20);
    const failing = x.twice(-100);
    await assert.rejects(failing, (e) => e instanceof PanicError && e.message === "a negative promise: -99");
    await assert.rejects(waiting, PanicError);
    assert.equal(await x.twice(20), 22);
    // By another call.
    const again = x.twice(20);
    thrown(() => x.abort());
    await assert.rejects(again, RustAbortError);
    // By the host.
    const r = await fresh();
    const last = r.exports.twice(20);
    r.reinit();
    await assert.rejects(last, StaleError);
    assert.equal(await r.exports.twice(20), 22);
    await pause();
    await pause();
    assert.deepEqual(uncaught.splice(0), []);
  });

  test(`${target}: nested`, async () => {
    const r = await fresh();
    const { exports: x } = r;
    let inner;
    actions.swallow = () => {
      inner = thrown(() => x.fail("inside"));
      assert.ok(thrown(() => x.greet("x")) instanceof SealedError);
      return 1;
    };
    const outer = thrown(() => x.call_host("swallow", 1));
    assert.ok(outer instanceof SealedError);
    assert.equal(outer.failure, inner);
    actions.fail = () => x.fail("caught");
    assert.ok(thrown(() => x.try_host("fail", 1)) instanceof SealedError);
    actions.each = (f) => f(-5);
    assert.equal(thrown(() => x.sum_each()).message, "a negative number: -5");
    actions.each = undefined;
    assert.equal(x.sum_each(), 6);
    assert.equal(r.generation, 4);
  });

  test(`${target}: finalizers of an old instance's objects touch nothing`, async () => {
    const r = await fresh();
    const { exports: x } = r;
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 50; n++) [new x.Counter(n, "n"), x.adder(n)];
      thrown(() => x.fail("it failed"));
      const kept = Array.from({ length: 50 }, (_, n) => new x.Counter(n, `${n}`));
      gc();
      await pause();
      assert.ok(kept.every((counter, n) => counter.label === `${n}` && counter.add(1) === n + 1));
    }
    assert.equal(r.generation, 21);
    assert.deepEqual(uncaught.splice(0), []);
  });
}

test("nodejs: promises that are settled are forgotten", async () => {
  const { exports: x } = recoverBindgen(targets.nodejs());
  const promise = Promise.resolve(1);
  const samples = [];
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 20_000; n++) x.pass(promise);
    await pause();
    gc();
    samples.push(process.memoryUsage().heapUsed);
  }
  // Kept, they would be 300 bytes each.
  assert.ok(samples[5] - samples[0] < 8_000_000, `${samples}`);
});

test("nodejs: the heap is flat", async () => {
  const { exports: x } = recoverBindgen(targets.nodejs());
  const samples = [];
  for (let n = 1; n <= 3000; n++) {
    thrown(() => new x.Counter(5, "five").add_or_panic(1000));
    x.greet("you");
    if (n % 300 !== 0) continue;
    gc();
    await pause();
    gc();
    samples.push(process.memoryUsage().heapUsed);
  }
  assert.ok(samples.at(-1) - samples[2] < 400_000, `${samples}`);
});

test("what cannot be recovered", () => {
  const glue = targets.nodejs();
  assert.throws(() => recoverBindgen({ ...glue, __wbg_reset_state: undefined }), /--experimental-reset-state-function/);
  assert.throws(() => recoverBindgen(glue, { checkpoint: "call" }), /a checkpoint would leave out/);
  assert.throws(() => recoverBindgen(glue, { policy: "retry" }), /policy/);
  assert.throws(() => recoverBindgen(glue, { onpanic() {} }), /there is no option `onpanic`/);
});

test("glue that is recovered again, as after a hot reload", async () => {
  for (const load of [targets.nodejs, targets.web, targets.bundler]) {
    const glue = await load();
    const told = [];
    const tell = (at) => ({ onAbort: () => told.push(at) });
    const first = recoverBindgen(glue, tell(1));
    const old = new first.exports.Counter(1, "one");
    const add = first.exports.adder(1);
    const again = recoverBindgen(glue, tell(2));
    const { exports: x } = again;
    assert.ok(thrown(() => first.exports.greet("you")) instanceof SealedError);
    assert.ok(thrown(() => add(1)) instanceof Error);
    assert.ok(thrown(() => old.add(1)) instanceof StaleError);
    old.free();
    const counter = new x.Counter(5, "five");
    for (let n = 1; n < 5; n++) {
      assert.equal(new x.Counter(n, "n").add(1), n + 1);
      thrown(() => x.abort());
      assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
      assert.equal(x.greet("you"), "Hello, you!");
      assert.equal(again.generation, n + 1);
    }
    assert.deepEqual(told, [2, 2, 2, 2]);
  }
  assert.deepEqual(uncaught.splice(0), []);
});

test("web: glue that was not initialized can be, and recovered then", async () => {
  const glue = await import(`${pathToFileURL(at("web", "bindgen.js"))}?${made++}`);
  assert.throws(() => recoverBindgen(glue), /initialize it first/);
  glue.initSync({ module: readFileSync(at("web", "bindgen_bg.wasm")) });
  const r = recoverBindgen(glue);
  const counter = new r.exports.Counter(5, "five");
  assert.equal(counter.add(1), 6);
  thrown(() => r.exports.abort());
  assert.equal(r.exports.greet("you"), "Hello, you!");
  assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
});

test("web: glue that is not initialized is, and no instance is started in vain", async (t) => {
  const { Instance } = WebAssembly;
  t.after(() => {
    WebAssembly.Instance = Instance;
  });
  const bytes = readFileSync(at("web", "bindgen_bg.wasm"));
  for (const disallowed of [false, true]) {
    for (const module of [bytes, new WebAssembly.Module(bytes)]) {
      let instances = 0;
      WebAssembly.Instance = function (...args) {
        instances++;
        // As a page's main thread says of large modules.
        if (disallowed) throw new RangeError("WebAssembly.Instance is disallowed on the main thread");
        return new Instance(...args);
      };
      const glue = await import(`${pathToFileURL(at("web", "bindgen.js"))}?${made++}`);
      const r = recoverBindgen(glue, { module });
      await r.ready();
      assert.equal(instances, 1);
      const { exports: x } = r;
      const counter = new x.Counter(5, "five");
      const add = x.adder(10);
      assert.deepEqual([counter.add(1), add(1)], [6, 11]);
      thrown(() => x.abort());
      await r.ready();
      assert.equal(x.greet("you"), "Hello, you!");
      for (const use of [() => counter.add(1), () => add(1)]) {
        const stale = thrown(use);
        assert.ok(stale instanceof StaleError);
        assert.deepEqual([stale.generation, stale.current], [1, 2]);
      }
      assert.equal(new x.Counter(5, "five").add(1), 6);
      // As after a hot reload, by the same line.
      const again = recoverBindgen(glue, { module });
      await again.ready();
      assert.equal(new again.exports.Counter(6, "six").add(1), 7);
      assert.ok(thrown(() => x.greet("you")) instanceof SealedError);
      WebAssembly.Instance = Instance;
    }
  }
  const cjs = targets.nodejs();
  assert.throws(() => recoverBindgen(cjs, { module: bytes }), /is for glue of the targets/);
  const web = await targets.web();
  assert.throws(() => recoverBindgen(web, { imports: {} }), /is for glue of the target `bundler`/);
});

test("functions in namespaces", async () => {
  for (const [target, load] of Object.entries(targets)) {
    const r = recoverBindgen(await load());
    const { api } = r.exports;
    assert.equal(api.inner.greet("you"), "Hello from inside, you!");
    const error = thrown(() => api.fail("in a namespace"));
    assert.ok(error instanceof PanicError, target);
    assert.equal(error.message, "in a namespace");
    assert.equal(api.inner.greet("you"), "Hello from inside, you!");
    assert.equal(r.generation, 2);
  }
});

test("nodejs: another instance that is made meanwhile is left alone", () => {
  const glue = targets.nodejs();
  const { Instance } = WebAssembly;
  const other = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  let seen;
  // As an import's getter or a start function may do it.
  const reset = () => {
    seen = new WebAssembly.Instance(other);
    glue.__wbg_reset_state();
  };
  const r = recoverBindgen({ ...glue, __wbg_reset_state: reset });
  assert.ok(seen instanceof WebAssembly.Instance);
  assert.equal(WebAssembly.Instance, Instance);
  assert.notEqual(r.instance, seen);
  assert.equal(r.exports.greet("you"), "Hello, you!");
  thrown(() => r.exports.abort());
  assert.equal(r.exports.greet("you"), "Hello, you!");
  assert.notEqual(r.instance, seen);
});

test("nodejs: a promise that nobody waits for, and an abort elsewhere", async () => {
  const { exports: x } = recoverBindgen(targets.nodejs());
  x.twice(20);
  thrown(() => x.abort());
  await pause();
  await pause();
  assert.deepEqual(uncaught.splice(0), []);
});

test("nodejs: an exception that leaves through Rust's frames is a failure, unless it may pass", () => {
  const own = new TypeError("from the host");
  const load = () => targets.nodejs();
  for (const hostExceptions of ["fail", "pass"]) {
    const told = [];
    const r = recoverBindgen(load(), { hostExceptions, onAbort: (e) => told.push(e) });
    actions = {
      throw: () => {
        throw own;
      },
    };
    // What Rust catches has no frames to leave.
    assert.equal(thrown(() => r.exports.try_host("throw", 1)), own);
    assert.equal(r.failure, undefined);
    assert.equal(thrown(() => r.exports.call_host("throw", 1)), own);
    assert.deepEqual(told.map((e) => [e.kind, e.cause]), hostExceptions === "fail" ? [["exception", own]] : []);
    assert.equal(r.exports.greet("you"), "Hello, you!");
    assert.equal(r.generation, hostExceptions === "fail" ? 2 : 1);
    actions = {};
  }
});

test("nodejs: a host that seals by wasm-bindgen's own flag", () => {
  const told = [];
  const r = recoverBindgen(targets.nodejs(), { onAbort: (e) => told.push(e.kind) });
  const flag = r.instance.exports.__instance_terminated;
  if (flag === undefined) return;
  new Int32Array(r.memory.buffer)[flag.value >>> 2] = 1;
  assert.equal(r.exports.greet("you"), "Hello, you!");
  assert.equal(r.generation, 2);
  assert.deepEqual(told, ["abort"]);
});

test("an init that takes its time", async () => {
  for (const load of [targets.nodejs, targets.web, targets.bundler]) {
    const seen = [];
    const init = async (exports) => {
      await pause();
      seen.push(exports.greet("init"));
      await pause();
    };
    const r = recoverBindgen(await load(), { init });
    await r.ready();
    assert.deepEqual(seen, ["Hello, init!"]);
    assert.equal(r.exports.greet("you"), "Hello, you!");
    thrown(() => r.exports.abort());
    await r.ready();
    const counter = new r.exports.Counter(1, "one");
    assert.equal(counter.add(1), 2);
    assert.equal(seen.length, 2);
    assert.equal(r.generation, 2);
    thrown(() => r.exports.abort());
    await r.ready();
    assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
  }
  assert.deepEqual(uncaught.splice(0), []);
});

test("a call that is first while an instance is made in the background", async () => {
  for (const load of [targets.nodejs, targets.web, targets.bundler]) {
    const r = recoverBindgen(await load());
    thrown(() => r.exports.abort());
    const ready = r.ready();
    const counter = new r.exports.Counter(5, "five");
    await ready;
    assert.equal(counter.add(1), 6);
    assert.equal(r.generation, 2);
    thrown(() => r.exports.abort());
    assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
  }
});

test("an init that waits for Rust", { timeout: 5000 }, async () => {
  for (const load of [targets.nodejs, targets.web, targets.bundler]) {
    const seen = [];
    const init = async (exports) => seen.push(await exports.twice(20));
    const r = recoverBindgen(await load(), { init });
    await r.ready();
    thrown(() => r.exports.abort());
    await r.ready();
    assert.deepEqual(seen, [22, 22]);
  }
  assert.deepEqual(uncaught.splice(0), []);
});

test("an instance that may only be made in the background", async (t) => {
  const { Instance } = WebAssembly;
  t.after(() => {
    WebAssembly.Instance = Instance;
  });
  for (const load of [targets.nodejs, targets.web, targets.bundler]) {
    const glue = await load();
    // As a page's main thread does with large modules.
    WebAssembly.Instance = function () {
      throw new RangeError("WebAssembly.Instance is disallowed on the main thread");
    };
    const r = recoverBindgen(glue);
    assert.ok(thrown(() => r.exports.greet("you")) instanceof SealedError);
    await r.ready();
    const counter = new r.exports.Counter(1, "one");
    assert.equal(counter.add(1), 2);
    thrown(() => r.exports.abort());
    await pause();
    await r.ready();
    assert.equal(r.exports.greet("you"), "Hello, you!");
    assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
    assert.equal(new r.exports.Counter(1, "one").add(1), 2);
    assert.equal(r.generation, 2);
    WebAssembly.Instance = Instance;
  }
});

for (const [target, load] of Object.entries(targets)) {
  test(`${target}: classes that are private, in namespaces, that extend each other`, async () => {
    const r = recoverBindgen(await load());
    const { exports: x } = r;
    const objects = () => [x.hidden(1), new x.api.Named(2), new x.Dog(3)];
    const uses = (objects) => [() => objects[0].look(4), () => objects[1].value_of_named(), () => objects[2].legs()];
    const fails = [() => x.hidden(1).look(-2), () => x.api.fail("on purpose"), () => new x.Dog(60).legs()];
    for (const [at, message] of ["hidden: -1", "on purpose", "400 legs"].entries()) {
      const old = objects();
      assert.deepEqual(uses(old).map((use) => use()), [5, 2, 4]);
      const failure = thrown(fails[at]);
      assert.deepEqual([failure instanceof PanicError, failure.message], [true, message]);
      for (const use of uses(old)) assert.ok(thrown(use) instanceof StaleError);
      assert.equal(r.generation, at + 2);
    }
    assert.deepEqual(uses(objects()).map((use) => use()), [5, 2, 4]);
  });
}
