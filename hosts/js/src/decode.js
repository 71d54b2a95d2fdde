// Exceptions into errors.

import { PanicError, RustAbortError, SealedError, isFailure } from "./errors.js";
import { metaOf, siteOf, sitesOf } from "./meta.js";
import { names } from "./options.js";
import { KINDS, TRAP, readReport } from "./report.js";
import { isUnreachable, trapOf } from "./traps.js";
import { isObject, memoryIn, typeOf } from "./values.js";

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];

/** The error that an exception became, so that it becomes no second one. */
const decoded = new WeakMap();
/** The failure that sealed an instance, by its exports. */
const sealedBy = new WeakMap();
/** The number of the newest report that became an error, by the exports. */
const read = new WeakMap();

/**
 * See `index.d.ts`.
 * @param {{module?: WebAssembly.Module, sites?: any, memory?: WebAssembly.Memory}} [options]
 */
export function decode(instance, exception, options) {
  if (options !== undefined) names("option", options, ["module", "sites", "memory"]);
  return decodeFrom(instance, exception, options);
}

/**
 * @param {boolean} [foreign] whether it came out of an import; undefined if nobody knows
 */
export function decodeFrom(instance, exception, options, foreign) {
  const of = reader(instance, options);
  if (!isObject(exception) || isFailure(exception)) return exception;
  const known = decoded.get(exception);
  if (known?.exports === of.exports) return known.error;
  const error = fresh(of, exception, foreign);
  if (error !== exception) decoded.set(exception, { exports: of.exports, error });
  return error;
}

/** The failure that sealed an instance, as far as the instance knows of one. */
export function failureOf(instance, options) {
  const of = reader(instance, options);
  return sealedBy.get(of.exports) ?? (of.state() === 0 ? undefined : seal(of, typed(of.sealing(), of)));
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
function reader(instance, options) {
  const { module, memory, hide = decode } = options ?? {};
  const exports = "__unpoison_state" in instance ? instance : instance.exports;
  const { __unpoison_state: state, __unpoison_report: address } = exports ?? {};
  if (state === undefined || address === undefined) {
    throw new TypeError("the instance has no `__unpoison_state`: its module was not linked by unpoison");
  }
  const from = memory ?? memoryIn(exports);
  const meta = metaOf(module, options?.sites);
  const at = (address) => {
    const { id, ...report } = readReport(from, address);
    return { ...report, site: siteOf(sitesOf(options?.sites ?? meta), id) };
  };
  const newest = () => at(address());
  return {
    exports,
    hide,
    at,
    newest,
    /** Vite gives an import the value that a global had at first; then the newest report tells. */
    state() {
      if (typeof state !== "number") return state.value;
      const { kind } = newest();
      return kind === undefined || (kind === "panic" && meta.panic === "unwind") ? 0 : KINDS.indexOf(kind);
    },
    /** The report of the failure that sealed. There is none where the host did, by the state. */
    sealing() {
      const kind = KINDS[this.state()] ?? "abort";
      const report = newest();
      return report.kind === kind ? report : { kind };
    },
    /** Tags may be the module's own, or left out; then it has numbers in its reports. */
    tagged: exports.__unpoison_panic !== undefined,
    unwinds: meta.panic === "unwind",
  };
}

function fresh(of, exception, foreign) {
  if (typeOf(exception) === "WebAssembly.Exception") return thrown(of, exception, foreign);
  let failure = sealedBy.get(of.exports);
  // What passed an import may be of a call that glue made, which failed or was refused.
  const ours = !of.tagged && of.state() !== 0 && isUnreachable(exception);
  const trap = foreign && !ours ? undefined : trapOf(exception, foreign === undefined);
  if (trap === undefined) return exception;
  // It learns of a trap when it refuses a call because of it, with or without a tag.
  if (failure === undefined && of.state() === TRAP && isUnreachable(exception)) failure = seal(of, typed(of.sealing(), of));
  if (failure === undefined || of.state() === 0) return seal(of, trapped(of, exception, trap));
  // Of an instance that failed before no Rust code runs that could trap. A call that is
  // refused ends so where there are no tags, or where a throw would run destructors.
  return isUnreachable(exception) ? refused(of, failure, exception) : exception;
}

function thrown(of, exception, foreign) {
  const { exports, at, state, hide } = of;
  const tag = TAGS.find((name) => exports[name] !== undefined && exception.is(exports[name]));
  if (tag === undefined) {
    // Glue enters the module from inside an import, to store what it caught. A sealed instance
    // refuses that, too, and its exception then comes out of the import.
    const others = of.tagged || (foreign && state() === 0);
    return others ? exception : untagged(of, exception);
  }
  const report = at(exception.getArg(exports[tag], 0));
  if (tag === "__unpoison_sealed") {
    const failure = sealedBy.get(exports) ?? seal(of, typed(report, of));
    // The engine did not say whose end it was; the module has found out.
    if (report.stackOverflow && failure.kind === "trap") failure.stackOverflow = true;
    return refused(of, failure, exception);
  }
  const kind = tag === "__unpoison_panic" ? "panic" : "abort";
  const error = typed({ kind, ...report }, { hide, cause: exception });
  if (kind === "abort" || state() !== 0) seal(of, error);
  return error;
}

/** An exception of a module that keeps its tags to itself. */
function untagged(of, exception) {
  const failure = sealedBy.get(of.exports);
  if (failure !== undefined) return refused(of, failure, exception);
  const options = { hide: of.hide, cause: exception };
  if (of.state() !== 0) return seal(of, typed(of.sealing(), options));
  const report = of.newest();
  if (report.kind !== "panic" || read.get(of.exports) === report.number) return exception;
  read.set(of.exports, report.number);
  return typed(report, options);
}

/** Modules may report and then trap: an abort by option, each failure where there are no tags. */
function trapped(of, exception, { stackOverflow }) {
  const { exports, newest, state, hide } = of;
  const options = { cause: exception, hide };
  if (state() !== 0 && state() !== TRAP) return typed(of.sealing(), options);
  const report = newest();
  // Not sealed, because the guard is off: there, too, only an abort is followed by this.
  const { kind, number } = report;
  const ends = kind !== undefined && kind !== "trap" && (kind !== "panic" || (!of.tagged && !of.unwinds));
  if (isUnreachable(exception) && state() === 0 && ends && (of.tagged || read.get(exports) !== number)) {
    read.set(exports, number);
    return typed(report, options);
  }
  return new RustAbortError({ message: exception.message, kind: "trap", stackOverflow }, options);
}

function refused({ hide }, failure, cause) {
  return new SealedError(failure, { cause, hide });
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
  return details.kind === "panic" ? new PanicError(details, options) : new RustAbortError(details, options);
}

function seal({ exports }, failure) {
  sealedBy.set(exports, failure);
  return failure;
}
