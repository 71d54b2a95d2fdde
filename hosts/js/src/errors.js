// What failed, as JavaScript errors.

import { typeOf } from "./values.js";

/** The same in every copy of this package and in every realm. */
const BRAND = Symbol.for("unpoison.failure");

/** A failure of a module. */
export class RustFailure extends Error {
  // No property: an exception of WebAssembly's cannot be cloned, and would keep the error
  // from being posted to another thread.
  #exception;

  /**
   * @param {object | string} details what is known of it, by the names of this class' fields
   * @param {ErrorOptions} [options] the exception that it came as
   */
  constructor(details = {}, options = {}) {
    const { message, kind, file, line, column, site } = detailsOf(details);
    super(message);
    this.#exception = options.cause;
    Object.assign(this, { kind, file, line, column, site });
    const stack = told(this, options);
    if (stack !== undefined) {
      Object.defineProperty(this, "stack", { value: stack, configurable: true, writable: true });
    }
  }

  /** What tells more of it. An exception of WebAssembly's has nothing but the report. */
  get cause() {
    const { exception } = this;
    return typeOf(exception) === "WebAssembly.Exception" ? undefined : exception;
  }

  get exception() {
    return #exception in this ? this.#exception : undefined;
  }

  get [BRAND]() {
    return true;
  }

  /** What failures of one place in the source have in common, whatever their messages say. */
  get fingerprint() {
    const { kind, file, line, column, site } = this;
    return ["unpoison", kind, file === undefined ? (site?.function ?? "") : `${file}:${line}:${column}`];
  }

  /** The same for Datadog's SDKs, which look for it by this name. */
  get dd_fingerprint() {
    return this.fingerprint.join(" ");
  }

  /** All but the exception: for logs, and for other threads. */
  toJSON() {
    return json(this);
  }
}

/** A Rust panic. */
export class PanicError extends RustFailure {
  constructor(details, options) {
    super({ ...detailsOf(details), kind: "panic" }, options);
  }
}

/**
 * Rust gave up (`abort`, `alloc`, `nounwind`, `unreachable`), the engine stopped it
 * (`trap`), or an exception of the host's skipped its frames (`exception`).
 */
export class RustAbortError extends RustFailure {
  constructor(details, options) {
    const known = { kind: "abort", ...detailsOf(details) };
    super(known, options);
    const { size, align, stackOverflow } = known;
    if (this.kind === "alloc") Object.assign(this, { size, align });
    if (this.kind === "trap") this.stackOverflow = stackOverflow;
  }
}

/** A call that was refused, or stopped half-way, because of an earlier failure. */
export class SealedError extends RustFailure {
  /** @param {RustFailure | undefined} failure the earlier one */
  constructor(failure, options) {
    const { file, line, column, site } = failure ?? {};
    const why = options?.why ?? (failure ? `sealed by an earlier failure: ${failure.message}` : "the instance is sealed");
    super({ message: why, kind: "sealed", file, line, column, site }, options);
    this.failure = failure;
    if (options?.retryAfter) this.retryAfter = options.retryAfter;
  }
}

/** A function or a view of an instance that has been replaced by a fresh one. */
export class StaleError extends Error {
  constructor(what, generation, current, options) {
    super(`${what} belongs to instance ${generation}, which failed; this is instance ${current}`, options);
    this.generation = generation;
    this.current = current;
  }

  toJSON() {
    return json(this);
  }
}

/** Whether a value is one of the errors of a module's, also of another copy of this package. */
export function isFailure(value) {
  return typeof value === "object" && value !== null && value[BRAND] === true;
}

// On the prototypes, as the built-in errors have them; by hand, because minifiers
// rename classes.
for (const [name, type] of Object.entries({ RustFailure, PanicError, RustAbortError, SealedError, StaleError })) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

function detailsOf(details) {
  return typeof details === "string" ? { message: details } : details;
}

function json(error) {
  const { name, message, stack } = error;
  const all = { name, message, ...error, stack };
  if (error.failure) all.failure = error.failure.toJSON();
  return all;
}

/**
 * The stack under the error's own headline: the engine's where it stopped the code,
 * for its frames go through the module; and where Rust gave up, as the first frame.
 */
function told(error, { cause, hide }) {
  // What decoded the error is of no interest to whoever reads it.
  if (hide !== undefined) Error.captureStackTrace?.(error, hide);
  const stack = error.kind === "trap" && typeof cause?.stack === "string" ? cause.stack : error.stack;
  // Programs may have stacks of their own making.
  if (typeof stack !== "string") return undefined;
  // V8 begins a stack with the error's headline, others begin with the first frame.
  const first = stack.search(/^ {4}at /m);
  const headed = first !== -1 || stack.startsWith(error.name);
  if (!headed) return rustFrame(error, (name, place) => `${name ?? ""}@${place ?? ""}`) + stack;
  const frame = rustFrame(error, (name, place) => {
    const both = name !== undefined && place !== undefined;
    return `    at ${both ? `${name} (${place})` : (name ?? place)}`;
  });
  return `${error.name}: ${error.message}\n${frame}${first === -1 ? "" : stack.slice(first)}`.trimEnd();
}

function rustFrame({ kind, file, line, column, site }, written) {
  // A panic's site is where the standard library gives up, not where it began.
  const name = kind === "panic" || kind === "nounwind" ? undefined : site?.function;
  const parts = [file, line, column].filter((part) => part !== undefined);
  const place = file === undefined ? site?.location : parts.join(":");
  return name === undefined && place === undefined ? "" : `${written(name, place)}\n`;
}
