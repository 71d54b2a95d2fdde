// What failed, as JavaScript errors.

/** A failure of a module. */
export class Failure extends Error {
  /**
   * @param {object} details what is known of it, by the names of this class' fields
   * @param {ErrorOptions} [options] the exception that it came as
   */
  constructor(details = {}, options) {
    super(details.message, options);
    this.kind = details.kind;
    this.file = details.file;
    this.line = details.line;
    this.column = details.column;
    this.site = details.site;
    const stack = told(this, options);
    if (stack !== undefined) {
      Object.defineProperty(this, "stack", { value: stack, configurable: true, writable: true });
    }
  }
}

/** A Rust panic. */
export class PanicError extends Failure {
  constructor(details = {}, options) {
    super({ ...details, kind: "panic" }, options);
  }
}

/** Rust gave up (`abort`, `alloc`, `nounwind`, `unreachable`), or the engine stopped it (`trap`). */
export class AbortError extends Failure {
  constructor(details = {}, options) {
    super({ kind: "abort", ...details }, options);
    if (this.kind === "alloc") {
      this.size = details.size;
      this.align = details.align;
    }
    if (this.kind === "trap") this.stackOverflow = details.stackOverflow;
  }
}

/** A call that was refused, or stopped half-way, because of an earlier failure. */
export class SealedError extends Failure {
  /** @param {Failure | undefined} failure the earlier one */
  constructor(failure, options) {
    const { file, line, column, site } = failure ?? {};
    const why = failure === undefined ? "the instance is sealed" : `sealed by an earlier failure: ${failure.message}`;
    super({ message: why, kind: "sealed", file, line, column, site }, options);
    this.failure = failure;
  }
}

/** A function or a view of an instance that has been replaced by a fresh one. */
export class StaleError extends Error {
  constructor(what, generation, current, options) {
    super(`${what} belongs to instance ${generation}, which failed; this is instance ${current}`, options);
    this.generation = generation;
    this.current = current;
  }
}

// On the prototypes, as the built-in errors have them; by hand, because minifiers
// rename classes.
for (const [name, type] of Object.entries({ Failure, PanicError, AbortError, SealedError, StaleError })) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

/**
 * The stack under the error's own headline: the engine's where it stopped the code,
 * for its frames go through the module; and where Rust gave up, as the first frame.
 */
function told(error, { cause, hide } = {}) {
  // What decoded the error is of no interest to whoever reads it.
  if (hide !== undefined) Error.captureStackTrace?.(error, hide);
  const engines = cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError;
  const stack = engines && typeof cause.stack === "string" ? cause.stack : error.stack;
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
