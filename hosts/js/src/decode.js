// Exceptions into errors.

import { AbortError, Failure, PanicError, SealedError } from "./errors.js";
import { metaOf, siteOf } from "./meta.js";
import { TRAP, readReport } from "./report.js";
import { trapOf } from "./traps.js";

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];

/** The error that an exception became, so that it becomes no second one. */
const decoded = new WeakMap();
/** The failure that sealed an instance, by its exports. */
const sealedBy = new WeakMap();

/**
 * The typed error for an exception that came out of a module; the exception itself if
 * it is not one of the module's.
 * @param {WebAssembly.Instance | WebAssembly.Exports} instance
 * @param {unknown} exception
 * @param {{module?: WebAssembly.Module, sites?: any[], memory?: WebAssembly.Memory}} [options]
 */
export function decode(instance, exception, options) {
  const of = reader(instance, options);
  if (exception instanceof Failure || !isObject(exception)) return exception;
  const known = decoded.get(exception);
  if (known?.exports === of.exports) return known.error;
  const error = fresh(of, exception);
  if (error !== exception) decoded.set(exception, { exports: of.exports, error });
  return error;
}

/** The failure that sealed an instance, as far as the instance knows of one. */
export function failureOf(instance, options) {
  const of = reader(instance, options);
  const known = sealedBy.get(of.exports);
  if (known !== undefined || of.exports.__unpoison_state.value === 0) return known;
  return seal(of, typed(of.newest(), { hide: of.hide }));
}

/** A panic that was caught inside the module, which had made `cause` of it. */
export function caughtPanic(instance, cause, options) {
  const { newest, hide } = reader(instance, options);
  const report = newest();
  // The newest report may be of another failure, one that the module did not catch.
  const same = report.kind === "panic" && report.message === cause.message;
  return new PanicError(same ? report : { message: cause.message }, { cause, hide });
}

/** What the functions below need of an instance. */
function reader(instance, { module, sites = metaOf(module)?.sites, memory, hide = decode } = {}) {
  const exports = "__unpoison_state" in instance ? instance : instance.exports;
  if (exports?.__unpoison_state === undefined || exports.__unpoison_report === undefined) {
    throw new TypeError("the instance has no `__unpoison_state`: its module was not linked by unpoison");
  }
  const from = memory ?? Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
  const at = (address) => {
    const { id, ...report } = readReport(from, address);
    return { ...report, site: siteOf(sites, id) };
  };
  return { exports, at, newest: () => at(exports.__unpoison_report()), hide };
}

function fresh(of, exception) {
  if (isException(exception)) return thrown(of, exception);
  const trap = trapOf(exception);
  if (trap === undefined) return exception;
  const failure = sealedBy.get(of.exports);
  if (failure === undefined) return seal(of, trapped(of, exception, trap));
  // Of an instance that failed before no Rust code runs that could trap. Only a call that
  // waited for the host ends so, where a throw would run destructors.
  if (!isUnreachable(exception)) return exception;
  return new SealedError(failure, { cause: exception, hide: of.hide });
}

function thrown({ exports, at, hide }, exception) {
  const options = { cause: exception, hide };
  const tag = TAGS.find((name) => exports[name] !== undefined && exception.is(exports[name]));
  if (tag === undefined) return exception;
  const report = at(exception.getArg(exports[tag], 0));
  if (tag === "__unpoison_sealed") {
    const failure = sealedBy.get(exports) ?? seal({ exports }, typed(report, { hide }));
    return new SealedError(failure, options);
  }
  const kind = tag === "__unpoison_panic" ? "panic" : "abort";
  const error = typed({ kind, ...report }, options);
  if (tag === "__unpoison_abort" || exports.__unpoison_state.value !== 0) seal({ exports }, error);
  return error;
}

/** Linked with `--unpoison-abort=trap`, a module reports and then traps. */
function trapped({ exports, newest, hide }, exception, { stackOverflow }) {
  const options = { cause: exception, hide };
  const report = newest();
  const state = exports.__unpoison_state.value;
  const unreachable = isUnreachable(exception);
  // Not sealed, because the guard is off: there, too, only an abort is followed by this.
  const aborted = unreachable && ["abort", "alloc", "nounwind", "unreachable"].includes(report.kind);
  if ((state !== 0 && state !== TRAP) || aborted) return typed(report, options);
  const message = exception.message;
  return new AbortError({ message, kind: "trap", stackOverflow }, options);
}

function isUnreachable({ message }) {
  return /unreachable/.test(message);
}

const WORDS = {
  panic: "a panic",
  abort: "abort",
  alloc: "memory allocation failed",
  nounwind: "a panic where unwinding is not allowed",
  trap: "a trap",
  unreachable: "unreachable code was reached",
};

function typed(report, options) {
  const details = { kind: "abort", ...report };
  details.message ??= WORDS[details.kind] ?? WORDS.abort;
  return details.kind === "panic" ? new PanicError(details, options) : new AbortError(details, options);
}

function seal({ exports }, failure) {
  sealedBy.set(exports, failure);
  return failure;
}

function isException(value) {
  // Engines without exceptions cannot run the module, but they can import this file.
  return typeof WebAssembly.Exception === "function" && value instanceof WebAssembly.Exception;
}

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
