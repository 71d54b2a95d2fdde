// What the fields of each error say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { AbortError, Failure, PanicError, SealedError, StaleError, decode, recoverSync } from "../src/index.js";
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
  assert.ok(error instanceof PanicError && error instanceof Failure && error instanceof Error);
  assert.equal(error.name, "PanicError");
  assert.equal(error.kind, "panic");
  assert.equal(error.message, "the transfer failed");
  assert.equal(error.file, "src/lib.rs");
  assert.equal(error.line, lineOf("panic"));
  assert.equal(error.column, 18);
  assert.equal(error.cause, exception);
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
  assert.ok(error instanceof AbortError);
  assert.equal(error.name, "AbortError");
  assert.equal(error.kind, "abort");
  assert.equal(error.message, "abort");
  assert.equal(error.cause, exception);
  assert.equal(error.file, undefined);
  assert.equal(error.site.function, "transfer");
  assert.match(error.stack, /^AbortError: abort\n {4}at transfer\n/);
  assert.ok(!("size" in error) && !("stackOverflow" in error));
});

test("a failed allocation", () => {
  const { error } = failure(Fail.alloc);
  assert.ok(error instanceof AbortError);
  assert.equal(error.kind, "alloc");
  assert.equal(error.size, 0x0f00_0000 * 8);
  assert.equal(error.align, 8);
  assert.equal(error.message, `memory allocation of ${error.size} bytes failed`);
});

test("a panic where none is allowed", () => {
  const { error } = failure(Fail.nounwind);
  assert.ok(error instanceof AbortError);
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
  assert.equal(sealed.cause, exception);
  assert.equal(sealed.message, "sealed by an earlier failure: the transfer failed");
  for (const field of ["file", "line", "column", "site"]) assert.equal(sealed[field], error[field]);
});

test("a sealed instance whose failure nobody decoded", () => {
  const made = instance();
  thrown(() => made.exports.transfer(0, 1, 1n, Fail.alloc));
  const { failure } = decode(made, thrown(() => made.exports.sum()));
  assert.ok(failure instanceof AbortError);
  assert.equal(failure.kind, "alloc");
  assert.equal(failure.size, 0x0f00_0000 * 8);
});

test("a sealed instance that trapped", () => {
  const made = instance();
  thrown(() => made.exports.transfer(0, 1, 1n, Fail.trap));
  const { failure } = decode(made, thrown(() => made.exports.sum()));
  assert.ok(failure instanceof AbortError);
  assert.equal(failure.kind, "trap");
});

test("a stale function", () => {
  const r = recoverSync(bytesOf("references"), { env: { host: (f) => f } });
  const one = r.exports.function();
  thrown(() => r.exports.trap());
  r.reinit();
  const error = thrown(one);
  assert.ok(error instanceof StaleError && !(error instanceof Failure));
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
    assert.ok(error instanceof AbortError);
    assert.equal(error.kind, kind);
    assert.equal(error.cause, exception);
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

test("a module that unpoison did not link", () => {
  const made = instance(moduleOf("plain"));
  assert.throws(() => decode(made, new Error("e")), /not linked by unpoison/);
  assert.throws(() => recoverSync(bytesOf("plain"), quiet), /not linked by unpoison/);
});
