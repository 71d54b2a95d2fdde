// A real module whose panics unwind: a panic costs its call, an abort the instance.

import assert from "node:assert/strict";
import test from "node:test";
import { PanicError, RustAbortError, SealedError, recoverSync } from "../src/index.js";
import { bytesOf, thrown } from "./fixtures.mjs";

const bytes = bytesOf("unwind");
const imports = (host = () => 0) => ({ env: { host } });
// What `frames(depth, sort, n)` of the fixture `unwind` ends in.
const PANIC = 0;
const ABORT = 4;
const HOST = 7;

test("after a panic it is the same instance, with its state", () => {
  const told = [];
  const r = recoverSync(bytes, imports(), { onPanic: (e) => told.push(e), onReinit: () => told.push("again") });
  const instance = r.instance;
  for (let depth = 0; depth < 50; depth++) {
    const e = thrown(() => r.exports.frames(depth, PANIC, depth));
    assert.ok(e instanceof PanicError);
    assert.equal(e.message, `formatted with ${depth} and "text"`);
    assert.equal(e.file, "src/panics.rs");
    assert.ok(e.line > 0 && e.column > 0);
    assert.equal(told.at(-1), e);
    assert.equal(r.failure, undefined);
    assert.equal(r.exports.panicking(), 0);
  }
  assert.equal(told.length, 50);
  assert.equal(r.instance, instance);
  assert.equal(r.generation, 1);
});

test("an abort traps, and is told for what it is", () => {
  const r = recoverSync(bytes, imports());
  const e = thrown(() => r.exports.frames(3, ABORT, 0));
  assert.ok(e instanceof RustAbortError);
  assert.equal(e.kind, "abort");
  assert.ok(e.cause instanceof WebAssembly.RuntimeError);
  assert.equal(r.exports.add(1, 2), 3);
  assert.equal(r.generation, 2);
});

test("after an abort the memory of the last call that went well", () => {
  const r = recoverSync(bytes, imports(), { checkpoint: "call" });
  const dropped = () => new Uint32Array(r.memory.buffer, r.exports.watch(), 1)[0];
  assert.ok(thrown(() => r.exports.frames(4, PANIC, 0)) instanceof PanicError);
  const before = dropped();
  assert.equal(before, 6);
  assert.ok(thrown(() => r.exports.frames(1, ABORT, 0)) instanceof RustAbortError);
  assert.equal(dropped(), before);
  assert.equal(r.generation, 2);
});

test("a panic that the host catches on its way leaves the outer call going", () => {
  const r = recoverSync(bytes, imports(() => {
    const e = thrown(() => r.exports.frames(2, PANIC, 1));
    assert.ok(e instanceof PanicError);
    return 7;
  }));
  assert.equal(typeof r.exports.frames(1, HOST, 0), "number");
  assert.equal(r.generation, 1);
});

test("an exception of the host's passes as the same object, and an abort inside ends both", () => {
  const own = new Error("the host's own");
  let fails = () => {
    throw own;
  };
  const r = recoverSync(bytes, imports(() => fails()));
  assert.equal(thrown(() => r.exports.frames(4, HOST, 0)), own);
  assert.equal(r.generation, 1);
  let inner;
  fails = () => {
    inner = thrown(() => r.exports.frames(0, ABORT, 0));
    return 0;
  };
  const outer = thrown(() => r.exports.frames(1, HOST, 0));
  assert.ok(inner instanceof RustAbortError);
  assert.ok(outer === inner || (outer instanceof SealedError && outer.failure === inner), String(outer));
  assert.equal(r.exports.add(1, 2), 3);
  assert.equal(r.generation, 2);
});

/** As strippers leave a module. */
function withoutCustomSections(bytes) {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
    if (id !== 0) parts.push(bytes.subarray(start, at));
  }
  return Buffer.concat(parts);
}

test("the linker's file says that panics unwind where the module no longer does", () => {
  const stripped = withoutCustomSections(new Uint8Array(bytes));
  const host = () => {
    throw new Error("the host's own");
  };
  for (const [sites, generation] of [[{ version: 1, panic: "unwind", sites: [] }, 1], [undefined, 2]]) {
    const r = recoverSync(stripped, imports(host), { sites });
    // Of a module that says nothing it is not known whether frames were skipped.
    assert.equal(thrown(() => r.exports.frames(3, HOST, 0)).message, "the host's own");
    assert.equal(r.exports.add(1, 2), 3);
    assert.equal(r.generation, generation);
  }
});
