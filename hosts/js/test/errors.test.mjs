// What the fields of each error say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { receiveMessageOnPort } from "node:worker_threads";
import { PanicError, RustAbortError, RustFailure, SealedError, StaleError, decode, isFailure, recoverSync } from "../src/index.js";
import { Fail, bytesOf, moduleOf, opened, quiet, thrown } from "./fixtures.mjs";

const source = readFileSync(new URL("../../../tests/fixtures/ledger/src/lib.rs", import.meta.url), "utf8");
const lineOf = (mark) => source.split("\n").findIndex((line) => line.endsWith(`// line: ${mark}`)) + 1;

const module = moduleOf("ledger");

function instance(from = module) {
  const made = new WebAssembly.Instance(from, quiet);
  made.exports.open(10, 100n);
  return made;
}

/** What a transfer of a fresh instance throws: as it came, and decoded. */
function failure(kind, from = module) {
  const made = instance(from);
  const exception = thrown(() => made.exports.transfer(0, 1, 1n, kind));
  return { made, exception, error: decode(made, exception, { module: from }) };
}

test("a panic", () => {
  const { exception, error, made } = failure(Fail.panic);
  assert.ok(error instanceof PanicError && error instanceof RustFailure && error instanceof Error);
  assert.equal(error.name, "PanicError");
  assert.equal(error.kind, "panic");
  assert.equal(error.message, "the transfer failed");
  assert.equal(error.file, "src/lib.rs");
  assert.equal(error.line, lineOf("panic"));
  assert.equal(error.column, 18);
  assert.equal(error.exception, exception);
  assert.equal(error.site.kind, "panic");
  assert.match(error.site.function, /panic/);
  const [head, place, caller] = error.stack.split("\n");
  assert.equal(head, "PanicError: the transfer failed");
  assert.equal(place, `    at src/lib.rs:${error.line}:${error.column}`);
  assert.match(caller, /errors\.test\.mjs/);
  assert.equal(decode(made, exception), error, "the same exception is the same error");
  assert.equal(decode(made, error), error);
});

test("a panic of the compiler's making", () => {
  const made = instance();
  const error = decode(made, thrown(() => made.exports.transfer(0, 1, 101n, 0)));
  assert.equal(error.message, "attempt to subtract with overflow");
  assert.equal(error.line, lineOf("overdraft"));
  assert.equal(typeof error.site.id, "number");
  assert.equal(error.site.function, undefined, "without the module there is no table of sites");
});

test("an abort", () => {
  const { exception, error } = failure(Fail.abort);
  assert.ok(error instanceof RustAbortError);
  assert.equal(error.name, "RustAbortError");
  assert.equal(error.kind, "abort");
  assert.equal(error.message, "abort");
  assert.equal(error.exception, exception);
  assert.equal(error.file, undefined);
  assert.equal(error.site.function, "transfer");
  assert.match(error.stack, /^RustAbortError: abort\n {4}at transfer\n/);
  assert.ok(!("size" in error) && !("stackOverflow" in error));
});

test("a failed allocation", () => {
  const { error } = failure(Fail.alloc);
  assert.ok(error instanceof RustAbortError);
  assert.equal(error.kind, "alloc");
  assert.equal(error.size, 0x0f00_0000 * 8);
  assert.equal(error.align, 8);
  assert.equal(error.message, `memory allocation of ${error.size} bytes failed`);
});

test("a panic where none is allowed", () => {
  const { error } = failure(Fail.nounwind);
  assert.ok(error instanceof RustAbortError);
  assert.equal(error.kind, "nounwind");
  assert.equal(typeof error.line, "number");
  assert.ok(error.message.length > 0);
});

test("an intrinsic unreachable is an abort", () => {
  assert.equal(failure(Fail.unreachable).error.kind, "abort");
});

test("a sealed instance", () => {
  const { made, error } = failure(Fail.panic);
  const exception = thrown(() => made.exports.sum());
  const sealed = decode(made, exception, { module });
  assert.ok(sealed instanceof SealedError);
  assert.equal(sealed.name, "SealedError");
  assert.equal(sealed.kind, "sealed");
  assert.equal(sealed.failure, error);
  assert.equal(sealed.exception, exception);
  assert.equal(sealed.message, "sealed by an earlier failure: the transfer failed");
  for (const field of ["file", "line", "column", "site"]) assert.equal(sealed[field], error[field]);
});

test("a sealed instance whose failure nobody decoded", () => {
  const made = instance();
  thrown(() => made.exports.transfer(0, 1, 1n, Fail.alloc));
  const { failure } = decode(made, thrown(() => made.exports.sum()));
  assert.ok(failure instanceof RustAbortError);
  assert.equal(failure.kind, "alloc");
  assert.equal(failure.size, 0x0f00_0000 * 8);
});

test("a sealed instance that trapped", () => {
  const made = instance();
  thrown(() => made.exports.transfer(0, 1, 1n, Fail.trap));
  const { failure } = decode(made, thrown(() => made.exports.sum()));
  assert.ok(failure instanceof RustAbortError);
  assert.equal(failure.kind, "trap");
});

test("a stale function", () => {
  const r = recoverSync(bytesOf("references"), { env: { host: (f) => f } });
  const one = r.exports.function();
  thrown(() => r.exports.trap());
  r.reinit();
  const error = thrown(one);
  assert.ok(error instanceof StaleError && !(error instanceof RustFailure));
  assert.equal(error.name, "StaleError");
  assert.equal(error.generation, 1);
  assert.equal(error.current, 2);
  assert.match(error.message, /the function belongs to instance 1, which failed; this is instance 2/);
});

test("an abort that traps", () => {
  const traps = moduleOf("ledger-traps");
  for (const kind of ["abort", "alloc", "nounwind"]) {
    const { exception, error, made } = failure(Fail[kind], traps);
    assert.ok(exception instanceof WebAssembly.RuntimeError, kind);
    assert.ok(error instanceof RustAbortError);
    assert.equal(error.kind, kind);
    assert.equal(error.exception, exception);
    const sealed = decode(made, thrown(() => made.exports.sum()));
    assert.equal(sealed.failure, error);
  }
  assert.ok(failure(Fail.panic, traps).error instanceof PanicError);
  assert.equal(failure(Fail.trap, traps).error.kind, "trap");
});

test("without the guard", () => {
  for (const name of ["ledger-unguarded", "ledger-unguarded-traps"]) {
    const unguarded = moduleOf(name);
    for (const kind of ["panic", "abort", "alloc", "trap"]) {
      assert.equal(failure(Fail[kind], unguarded).error.kind, kind);
    }
  }
});

test("reports in the upper half of the addresses", () => {
  const high = moduleOf("ledger-high");
  const { made, error } = failure(Fail.panic, high);
  assert.ok(made.exports.__unpoison_report() < 0);
  assert.equal(error.message, "the transfer failed");
  assert.equal(error.line, lineOf("panic"));
  assert.equal(failure(Fail.alloc, high).error.align, 8);
});

test("a report is copied", () => {
  const { made, error } = failure(Fail.panic);
  new Uint8Array(made.exports.memory.buffer).fill(0);
  assert.equal(error.message, "the transfer failed");
});

test("what is not the module's is handed back", () => {
  const made = instance();
  const other = instance();
  const exception = thrown(() => other.exports.transfer(0, 1, 1n, Fail.abort));
  for (const value of [undefined, null, 1, "text", {}, new Error("e"), new RangeError("Invalid array length"), exception]) {
    assert.equal(decode(made, value), value);
  }
});

test("the trap of another, while this one is sealed", () => {
  const { made } = failure(Fail.abort);
  const other = instance();
  const trap = thrown(() => other.exports.transfer(0, 1, 1n, Fail.trap));
  assert.equal(decode(made, trap), trap);
  assert.equal(decode(other, trap).kind, "trap");
});

test("a table of sites from elsewhere", () => {
  const made = instance();
  const exception = thrown(() => made.exports.transfer(0, 1, 1n, Fail.abort));
  const sites = [{ id: 1, kind: "abort", function: "one" }];
  assert.equal(decode(made, exception, { sites }).site.function, "one");
});

test("the table of sites as the linker's file has it, and what is none", () => {
  const made = instance();
  const exception = thrown(() => made.exports.transfer(0, 1, 1n, Fail.abort));
  const site = { id: 1, kind: "abort", function: "one" };
  for (const [sites, found] of [[{ version: 1, sites: [site] }, "one"], [{ sites: "compact" }], ["compact"], [7], [[null]]]) {
    const other = instance();
    const error = decode(other, thrown(() => other.exports.transfer(0, 1, 1n, Fail.abort)), { sites });
    assert.equal(error.kind, "abort");
    assert.equal(error.site.function, found);
  }
  assert.throws(() => decode(made, exception, { site: [] }), /no option `site`/);
});

test("errors travel", () => {
  for (const kind of [Fail.panic, Fail.abort, Fail.alloc, Fail.trap]) {
    const { error, made } = failure(kind);
    const sealed = decode(made, thrown(() => made.exports.sum()));
    for (const e of [error, sealed]) {
      assert.ok(isFailure(e));
      const clone = structuredClone(e);
      assert.ok(clone instanceof Error);
      assert.equal(clone.message, e.message);
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(e.toJSON());
      assert.deepEqual(receiveMessageOnPort(port2).message, e.toJSON());
      port1.close();
      const plain = JSON.parse(JSON.stringify(e));
      assert.deepEqual([plain.name, plain.message, plain.kind, plain.file, plain.line], [e.name, e.message, e.kind, e.file, e.line]);
      assert.equal(plain.failure?.message, e.failure?.message);
      assert.equal(plain.size, e.size);
    }
  }
  const stale = new StaleError("the function", 1, 2);
  assert.equal(JSON.parse(JSON.stringify(stale)).name, "StaleError");
  assert.ok(structuredClone(stale) instanceof Error);
});

test("failures are known in other copies and realms, other errors are not", async () => {
  const copy = await import("../src/index.js?copy");
  const { error } = failure(Fail.panic);
  assert.ok(isFailure(error) && copy.isFailure(error));
  for (const value of [undefined, null, 1, "text", {}, new Error("e"), new StaleError("the view", 1, 2)]) assert.ok(!isFailure(value));
});

test("errors made by hand", () => {
  assert.equal(new PanicError("x").message, "x");
  assert.equal(new PanicError({ message: "x" }).kind, "panic");
  assert.equal(new RustAbortError({ message: "x", kind: "alloc", size: 8 }, { cause: 7 }).size, 8);
  assert.equal(new RustAbortError("x", { cause: 7 }).cause, 7);
});

test("a module that unpoison did not link", () => {
  const made = instance(moduleOf("plain"));
  assert.throws(() => decode(made, new Error("e")), /not linked by unpoison/);
  assert.throws(() => recoverSync(bytesOf("plain"), quiet), /not linked by unpoison/);
});
