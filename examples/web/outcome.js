// What came of a call, for people.

import { PanicError, RustAbortError, SealedError } from "unpoison";

/**
 * @typedef {{kind: "ok" | "poisoned" | "panic" | "abort" | "trap" | "sealed", type: string, text: string,
 *   place?: string}} Outcome
 */

/** @returns {Outcome} */
export function outcomeOf(call) {
  try {
    return { kind: "ok", type: "answer", text: String(call()) };
  } catch (e) {
    return { kind: kindOf(e), type: typeOf(e), text: e.message, place: placeOf(e) };
  }
}

function kindOf(e) {
  if (e instanceof PanicError) return "panic";
  if (e instanceof SealedError) return "sealed";
  if (e instanceof RustAbortError && e.kind !== "trap") return "abort";
  return "trap";
}

function typeOf(e) {
  return e instanceof RustAbortError ? `RustAbortError, ${e.kind}` : e.name;
}

/** As rustc recorded it; an abort has no such place, but the function is known. */
function placeOf({ kind, file, line, column, site, stackOverflow }) {
  if (kind === "trap" && stackOverflow !== false) return stackOverflow ? "the stack is exhausted" : "Rust's stack is exhausted, or a pointer is wild";
  if (file !== undefined) return `at ${[file, line, column].join(":")}`;
  // Of the other kinds it would be a function of the standard library.
  return kind === "abort" && site?.function ? `in ${site.function}` : undefined;
}
