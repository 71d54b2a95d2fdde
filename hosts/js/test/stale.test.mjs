// Functions and views that outlive their instance.

import assert from "node:assert/strict";
import test from "node:test";
import { RustAbortError, SealedError, StaleError, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

function references(host = (f) => f) {
  return recoverSync(bytesOf("references"), { env: { host } });
}

test("functions out of a table", () => {
  const r = references();
  const { table, trap } = r.exports;
  assert.equal(table.length, 2);
  const one = table.get(0);
  assert.equal(one(), 1);
  assert.equal(table.get(0), one, "the same function each time");
  assert.ok(thrown(() => table.get(1)()) instanceof RustAbortError);
  // Dead, but not replaced yet: even then it starts no fresh instance.
  assert.ok(thrown(one) instanceof StaleError);
  assert.equal(r.generation, 1);
  assert.equal(table.get(0)(), 1);
  assert.equal(r.generation, 2);
  const stale = thrown(one);
  assert.ok(stale instanceof StaleError);
  assert.deepEqual([stale.generation, stale.current], [1, 2]);
  assert.ok(thrown(trap) instanceof RustAbortError, "exports are not stale");
});

test("functions out of a table of Rust's", () => {
  const host = () => 0;
  const module = moduleOf("table");
  const env = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, host]));
  const r = recoverSync(module, { env });
  const { __indirect_function_table: table, slot } = r.exports;
  const f = table.get(slot());
  assert.equal(f(0), 0);
  r.reinit();
  assert.ok(thrown(() => f(0)) instanceof StaleError);
  assert.equal(table.get(slot())(0), 0);
});

test("functions as results and as arguments", () => {
  const seen = [];
  const r = references((f) => (seen.push(f), f));
  const one = r.exports.function();
  assert.equal(one(), 1);
  const [again, number] = r.exports.two();
  assert.equal(again, one);
  assert.equal(number, 2);
  assert.equal(r.exports.same_function(one), one);
  assert.equal(r.exports.same_function(null), null);
  assert.equal(r.exports.through_host(one), one);
  assert.equal(seen[0], one, "an import is not given the function itself");
  r.reinit();
  for (const f of [one, again, seen[0]]) assert.ok(thrown(f) instanceof StaleError);
  assert.notEqual(r.exports.function(), one);
});

test("values of the host's own are what they were", () => {
  const r = references();
  const values = [{}, [1, 2], [() => 1], () => 2, Symbol("s"), null, undefined, "text", 1n, class {}];
  for (const value of values) assert.equal(r.exports.same(value), value);
  assert.equal(r.exports.same(r.exports.one), r.exports.one);
});

test("a bound function of an instance that is failing", () => {
  let inner;
  const r = references((f) => {
    thrown(() => r.exports.trap());
    inner = thrown(f);
    return f;
  });
  thrown(() => r.exports.through_host(r.exports.function()));
  assert.ok(inner instanceof SealedError);
});

test("views", () => {
  const r = recoverSync(bytesOf("ledger"), quiet, opened);
  const { memory } = r.exports;
  const at = r.exports.grow(1, 7);
  const view = memory.view(Uint8Array, at, 16);
  const words = memory.view(DataView, at);
  const raw = new Uint8Array(memory.buffer, at, 16);
  assert.equal(view.get()[3], 7);
  assert.equal(view.get(), view.get(), "made once");
  const before = memory.buffer.byteLength;
  r.exports.grow(20, 8);
  assert.ok(memory.buffer.byteLength > before);
  assert.equal(raw.length, 0, "growth detaches");
  assert.equal(view.get()[3], 7);
  assert.equal(view.get().length, 16);
  assert.equal(words.get().getUint16(0), 0x0707);
  assert.equal(r.memory.buffer, memory.buffer);

  const old = memory.buffer;
  const oldView = new Uint8Array(old, at, 16);
  thrown(() => r.exports.transfer(0, 1, 1n, Fail.abort));
  assert.ok(thrown(() => view.get()) instanceof StaleError);
  assert.equal(r.generation, 1);
  assert.notEqual(memory.buffer, old);
  assert.equal(r.generation, 2, "whoever looks at the memory finds a fresh one");
  assert.equal(oldView.length, 0);
  assert.equal(old.byteLength, 0);
  assert.throws(() => new Uint8Array(old), TypeError);
  const stale = thrown(() => view.get());
  assert.ok(stale instanceof StaleError);
  assert.deepEqual([stale.generation, stale.current], [1, 2]);
  assert.ok(thrown(() => words.get()) instanceof StaleError);
  assert.throws(() => memory.view(Uint8Array, memory.buffer.byteLength, 1), RangeError);
  assert.equal(memory.grow(1) * 0x1_0000, memory.buffer.byteLength - 0x1_0000);
});

test("views in the upper half of the addresses", () => {
  const r = recoverSync(bytesOf("ledger-high"), quiet, opened);
  const at = r.exports.grow(1, 9);
  assert.ok(at < 0);
  assert.equal(r.memory.view(Uint8Array, at, 4).get()[2], 9);
  const error = thrown(() => r.exports.transfer(0, 1, 1n, Fail.panic));
  assert.equal(error.message, "the transfer failed");
  assert.equal(r.exports.sum(), 1000n);
});

test("a memory that is imported", () => {
  const bytes = bytesOf("imported-memory");
  const memory = new WebAssembly.Memory({ initial: 1 });
  assert.throws(() => recoverSync(bytes, { env: { memory } }), /`imports` must be a function/);
  const fresh = recoverSync(bytes, () => ({ env: { memory: new WebAssembly.Memory({ initial: 1 }) } }));
  assert.equal(fresh.exports.count(), 1);
  assert.equal(fresh.memory.view(Uint32Array, 0, 1).get()[0], 1);
  thrown(() => fresh.exports.trap());
  assert.equal(fresh.exports.count(), 1);
  const same = recoverSync(bytes, () => ({ env: { memory } }));
  thrown(() => same.exports.trap());
  assert.throws(() => same.exports.count(), /the same memory/);
});
