// What glue of the target `bundler` keeps when its instance goes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { StaleError, recoverBindgen } from "../src/index.js";
import { thrown } from "./fixtures.mjs";

const dir = join(process.env.UNPOISON_FIXTURES, "bundler");
const module = new WebAssembly.Module(readFileSync(join(dir, "bindgen_bg.wasm")));
const pause = () => new Promise((done) => setTimeout(done, 1));
let made = 0;
const load = () => import(`${pathToFileURL(join(dir, "bindgen_bg.js"))}?bundler${made++}`);
const fresh = async (options) => recoverBindgen(await load(), { module, ...options });

const uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
globalThis.host = { each: (f) => [1, 2, 3].forEach((value) => f(value)) };

test("what the host forgets is dropped, once", async () => {
  const r = await fresh();
  const { exports: x } = r;
  const drops = r.memory.view(Uint32Array, x.drops_address(), 1);
  for (let n = 0; n < 100; n++) new x.Counter(n, "n");
  const kept = new x.Counter(7, "seven");
  for (let round = 0; round < 20 && drops.get()[0] < 100; round++) {
    gc();
    await pause();
  }
  assert.equal(drops.get()[0], 100);
  assert.equal(kept.add(1), 8);
  kept.free();
  assert.equal(drops.get()[0], 101);
});

test("closures that the host forgets give their memory back", async () => {
  const r = await fresh();
  const { exports: x } = r;
  const round = async () => {
    for (let n = 0; n < 20_000; n++) x.adder(n);
    for (let n = 0; n < 3; n++) {
      gc();
      await pause();
    }
    return r.memory.buffer.byteLength;
  };
  const first = await round();
  for (let n = 0; n < 5; n++) await round();
  assert.equal(await round(), first);
});

test("finalizers that are late do not take what a fresh instance has at that place", async () => {
  const r = await fresh();
  const { exports: x } = r;
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 50; n++) [new x.Counter(n, "n"), x.adder(n)];
    // Collected before the failure, told of after it.
    gc();
    thrown(() => x.fail("it failed"));
    const kept = Array.from({ length: 50 }, (_, n) => [new x.Counter(n, `${n}`), x.adder(n)]);
    const drops = r.memory.view(Uint32Array, x.drops_address(), 1);
    for (let n = 0; n < 3; n++) {
      await pause();
      gc();
    }
    assert.equal(drops.get()[0], 0);
    assert.ok(kept.every(([counter, add], n) => counter.label === `${n}` && add(1) === n + 1));
  }
  assert.deepEqual(uncaught.splice(0), []);
});

test("a closure that failed while it was given back is not given to a fresh instance", async () => {
  const glue = await load();
  const [, name] = /wasm\.(\w+)\(state\.a, state\.b\)/.exec(readFileSync(join(dir, "bindgen_bg.js"), "utf8"));
  let given = 0;
  const set = (wasm) => {
    const destroy = (...args) => {
      if (++given === 1) throw new Error("as a destructor does");
      return wasm[name](...args);
    };
    glue.__wbg_set_wasm({ ...wasm, [name]: destroy });
  };
  const r = recoverBindgen({ ...glue, __wbg_set_wasm: set }, { module });
  (() => {
    const add = r.exports.adder(10);
    assert.throws(() => add._wbg_cb_unref(), /as a destructor does/);
  })();
  r.reinit();
  for (let n = 0; n < 5; n++) {
    gc();
    await pause();
  }
  assert.equal(given, 1);
  assert.deepEqual(uncaught.splice(0), []);
});

test("views of the memory and buffers of strings are the instance's", async () => {
  const r = await fresh();
  const { exports: x } = r;
  const long = "straße €".repeat(20_000);
  for (let round = 0; round < 10; round++) {
    // Large, so that the old memory is larger than the fresh one, and then the same.
    if (round % 2 === 0) assert.equal(x.greet(long), `Hello, ${long}!`);
    assert.equal(x.greet(`${round}`), `Hello, ${round}!`);
    const { buffer } = r.memory;
    thrown(() => x.fail(long));
    assert.deepEqual(x.names(), ["one", "two"]);
    assert.equal(buffer.byteLength, 0);
    assert.deepEqual(x.casts(1.5), ["text", 1.5, new Uint8Array([1, 2, 3]), 7n]);
  }
});

test("what a start function reads is of its own instance", async () => {
  const glue = await load();
  const text = glue[Object.keys(glue).find((name) => name.startsWith("__wbg_Error_"))];
  const read = [];
  let address;
  const start = () => {
    glue.__wbindgen_init_externref_table();
    if (address !== undefined) read.push(text(address, 4).message);
  };
  const r = recoverBindgen({ ...glue, __wbindgen_init_externref_table: start }, { module });
  address = r.exports.drops_address();
  r.memory.view(Uint8Array, address, 4).get().set([111, 108, 100, 33]);
  assert.equal(text(address, 4).message, "old!");
  r.reinit();
  assert.deepEqual(read, ["\0\0\0\0"]);
});

test("an instance that cannot be started leaves none behind", async () => {
  let fail = false;
  const glue = await load();
  const init = () => {
    if (fail) throw new Error("not today");
  };
  const broken = { ...glue, __wbindgen_init_externref_table: () => (fail ? init() : glue.__wbindgen_init_externref_table()) };
  const r = recoverBindgen(broken, { module });
  const { exports: x } = r;
  const counter = new x.Counter(1, "one");
  fail = true;
  assert.throws(() => r.reinit(), /not today/);
  assert.ok(thrown(() => counter.add(1)) instanceof Error);
  fail = false;
  assert.equal(x.greet("you"), "Hello, you!");
  assert.ok(thrown(() => counter.add(1)) instanceof StaleError);
});

test("what cannot be recovered", async () => {
  const glue = await load();
  assert.throws(() => recoverBindgen(glue), /give `module`/);
  assert.throws(() => recoverBindgen({ __wbg_set_wasm() {} }, { module }), /give it in `imports`/);
  const loaded = await load();
  loaded.__wbg_set_wasm(new WebAssembly.Instance(module, { "./bindgen_bg.js": loaded }).exports);
  assert.throws(() => recoverBindgen(loaded, { module }), /has an instance already/);
});

/** Lets finalizers run until so many objects were dropped. */
async function dropped(drops, count) {
  for (let round = 0; round < 50 && drops.get()[0] < count; round++) {
    gc();
    await pause();
  }
  return drops.get()[0];
}

test("a class in a namespace is one like any other", async () => {
  const { exports: x } = await fresh();
  const named = new x.api.Named(5);
  assert.equal(named.value_of_named(), 5);
  assert.throws(() => x.fail("it failed"), { message: "it failed" });
  assert.ok(thrown(() => named.value_of_named()) instanceof StaleError);
  assert.equal(new x.api.Named(6).value_of_named(), 6);
});

test("a class that the glue does not export", async () => {
  const r = await fresh();
  const { exports: x } = r;
  let drops = r.memory.view(Uint32Array, x.drops_address(), 1);
  const first = x.hidden(1);
  assert.equal(first.look(2), 3);
  for (let n = 0; n < 100; n++) x.hidden(n);
  assert.equal(await dropped(drops, 100), 100);
  first.free();
  assert.equal(drops.get()[0], 101);

  const old = x.hidden(7);
  for (let n = 0; n < 50; n++) x.hidden(n);
  assert.throws(() => x.hidden(1).look(-5), { name: "PanicError", message: "hidden: -4" });
  assert.ok(thrown(() => old.look(1)) instanceof StaleError);
  drops = r.memory.view(Uint32Array, x.drops_address(), 1);
  // Finalizers of the old instance's objects take nothing of the fresh one's.
  const kept = Array.from({ length: 60 }, (_, n) => x.hidden(n));
  for (let round = 0; round < 10; round++) {
    gc();
    await pause();
  }
  assert.equal(drops.get()[0], 0);
  assert.deepEqual(kept.map((one) => one.look(0)), kept.map((_, n) => n));
});

test("classes that extend each other", async () => {
  const r = await fresh();
  const { exports: x } = r;
  let drops = r.memory.view(Uint32Array, x.drops_address(), 1);
  const dog = new x.Dog(3);
  assert.deepEqual([dog.age(), dog.legs(), dog instanceof x.Animal], [3, 4, true]);
  assert.equal(new x.Animal(8).legs(), 8);
  // Two of Rust's objects for each dog, one for the other animal.
  for (let n = 0; n < 100; n++) new x.Dog(n % 50);
  assert.equal(await dropped(drops, 201), 201);
  dog.free();
  assert.equal(drops.get()[0], 203);
  assert.equal(new x.Dog(9).into_age(), 9);
  assert.equal(drops.get()[0], 205);

  const old = new x.Dog(4);
  for (let n = 0; n < 50; n++) new x.Dog(n);
  assert.throws(() => new x.Dog(60).legs(), { name: "PanicError", message: "400 legs" });
  assert.ok(thrown(() => old.legs()) instanceof StaleError);
  assert.ok(thrown(() => old.into_age()) instanceof StaleError);
  old.free();
  drops = r.memory.view(Uint32Array, x.drops_address(), 1);
  const kept = Array.from({ length: 60 }, (_, n) => new x.Dog(n % 50));
  for (let round = 0; round < 10; round++) {
    gc();
    await pause();
  }
  assert.equal(drops.get()[0], 0);
  assert.deepEqual(kept.map((one) => [one.age(), one.legs()]), kept.map((_, n) => [n % 50, 4]));
});
