// Memories that outlive their instance.

import assert from "node:assert/strict";
import test from "node:test";
import { recover, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const bytes = bytesOf("ledger");
const abort = (r) => thrown(() => r.exports.transfer(0, 1, 1n, Fail.abort));

test("init: made once, however many instances", () => {
  let runs = 0;
  const r = recoverSync(bytes, quiet, {
    checkpoint: "init",
    init(exports) {
      runs++;
      exports.open(10, 100n);
    },
  });
  for (let n = 1; n < 5; n++) {
    r.exports.transfer(0, 1, 1n, 0);
    abort(r);
    assert.equal(r.exports.committed(), 0);
    assert.equal(r.exports.sum(), 1000n);
  }
  assert.equal(runs, 1);
});

test("manual: since the newest", () => {
  const r = recoverSync(bytes, quiet, { ...opened, checkpoint: "manual" });
  r.exports.transfer(0, 1, 1n, 0);
  abort(r);
  assert.equal(r.exports.committed(), 0, "there is one from the beginning");
  r.exports.transfer(0, 1, 5n, 0);
  r.checkpoint();
  r.exports.transfer(0, 1, 5n, 0);
  abort(r);
  assert.equal(r.exports.committed(), 1);
  assert.equal(r.exports.balance(0), 95n);
  r.exports.transfer(0, 1, 5n, 0);
  r.reinit();
  assert.equal(r.exports.committed(), 1, "a host that wants to go back");
});

test("call: all but the call that failed", () => {
  const r = recoverSync(bytes, quiet, { ...opened, checkpoint: "call" });
  const kinds = Object.values(Fail).filter((kind) => kind !== Fail.nothing && kind !== Fail.host);
  kinds.forEach((kind, at) => {
    assert.equal(r.exports.transfer(0, 1, 2n, 0), at + 1);
    thrown(() => r.exports.transfer(3, 4, 9n, kind));
    assert.equal(r.exports.sum(), 1000n);
    assert.equal(r.exports.balance(3), 100n);
    assert.equal(r.exports.balance(1), 102n + 2n * BigInt(at));
  });
});

test("a memory that has grown", () => {
  const r = recoverSync(bytes, quiet, { ...opened, checkpoint: "call" });
  const at = r.exports.grow(30, 7) >>> 0;
  const { byteLength } = r.memory.buffer;
  abort(r);
  assert.equal(r.memory.buffer.byteLength, byteLength);
  const kept = r.memory.view(Uint8Array, at, 30 * 0x1_0000).get();
  assert.ok(kept.every((byte) => byte === 7));
  assert.equal(r.exports.sum(), 1000n);
  // The allocator goes on where it was.
  const next = r.exports.grow(30, 8) >>> 0;
  assert.ok(next >= at + 30 * 0x1_0000 || next + 30 * 0x1_0000 <= at);
  assert.ok(r.memory.view(Uint8Array, at, 30 * 0x1_0000).get().every((byte) => byte === 7));
});

test("none is taken in the middle of a call", () => {
  let r;
  const seen = [];
  const host_step = (n) => {
    seen.push(thrown(() => r.checkpoint()));
    r.exports.transfer(0, 1, 1n, 0);
    if (n === 1) r.exports.transfer(0, 1, 1n, Fail.abort);
    return n;
  };
  r = recoverSync(bytes, { env: { host_step } }, { ...opened, checkpoint: "call" });
  r.exports.step(0);
  assert.match(seen[0].message, /in flight/);
  assert.equal(r.exports.committed(), 1);
  thrown(() => r.exports.step(1));
  assert.equal(r.exports.committed(), 1, "what was nested in a call that failed is part of it");
});

test("a call that the host's exception ended is no place to go back to", () => {
  let r;
  const imports = {
    env: {
      host_step() {
        throw new Error("the host's own");
      },
    },
  };
  r = recoverSync(bytes, imports, { ...opened, checkpoint: "call", hostExceptions: "pass" });
  r.exports.transfer(0, 1, 1n, 0);
  // The exception passes a frame that holds the ledger, with the money out of it.
  thrown(() => r.exports.transfer(0, 1, 1n, Fail.host));
  assert.match(thrown(() => r.exports.sum()).message, /already mutably borrowed/);
  assert.equal(r.exports.sum(), 1000n);
  assert.equal(r.exports.committed(), 1);
});

test("state outside of the memory", async () => {
  const cases = {
    global: /a mutable global \(user\)/,
    "exported-global": /a mutable global \(counter\)/,
    "references-table": /a table of references/,
    "growing-table": /a table that can grow/,
  };
  for (const [name, why] of Object.entries(cases)) {
    assert.throws(() => recoverSync(bytesOf(name), {}, { checkpoint: "call" }), why);
    await assert.rejects(recover(bytesOf(name), {}, { checkpoint: "init" }), why);
    recoverSync(bytesOf(name), {}, { checkpoint: "call", unchecked: true });
    recoverSync(bytesOf(name));
  }
});

test("a module without its bytes", () => {
  const module = moduleOf("ledger");
  assert.throws(() => recoverSync(module, quiet, { checkpoint: "call" }), /option `bytes`/);
  for (const more of [{ bytes }, { unchecked: true }]) {
    const r = recoverSync(module, quiet, { ...opened, checkpoint: "call", ...more });
    r.exports.transfer(0, 1, 1n, 0);
    abort(r);
    assert.equal(r.exports.committed(), 1);
  }
});

test("what the linker wrote down", () => {
  const r = recoverSync(moduleOf("told"), {}, { checkpoint: "call" });
  assert.equal(r.exports.count(), 1);
  assert.equal(r.exports.count(), 2);
  thrown(() => r.exports.trap());
  assert.equal(r.exports.count(), 3);
});

test("an imported memory", () => {
  const imports = () => ({ env: { memory: new WebAssembly.Memory({ initial: 1 }) } });
  const r = recoverSync(bytesOf("imported-memory"), imports, { checkpoint: "call" });
  assert.equal(r.exports.count(), 1);
  thrown(() => r.exports.trap());
  assert.equal(r.exports.count(), 2);
});
