// Which exceptions are an engine's way to say that it stopped a module.

/**
 * Whether the engine stopped wasm code by this exception, as far as can be told.
 * @returns {{stackOverflow: boolean | undefined} | undefined} undefined if it did not
 */
export function trapOf(exception) {
  if (!isTrapLike(exception) || thrownByScript(exception)) return undefined;
  if (!(exception instanceof WebAssembly.RuntimeError)) return { stackOverflow: true };
  // Firefox has a RuntimeError for some, too.
  if (/call stack|stack overflow|recursion/i.test(exception.message)) return { stackOverflow: true };
  // Rust keeps large frames in a stack of its own at the bottom of memory. Its end is
  // an access out of bounds, and so is a wild pointer.
  return { stackOverflow: /out of bounds/.test(exception.message) ? undefined : false };
}

/** Of the types and with the words that traps have; scripts may throw such, too. */
export function isTrapLike(exception) {
  if (exception instanceof WebAssembly.RuntimeError) return true;
  // Chromium and Safari; Firefox' InternalError is a type of its own.
  if (!(exception instanceof RangeError) && exception?.name !== "InternalError") return false;
  return /call stack|too much recursion/.test(exception.message);
}

/** The topmost frame is known not to be wasm. */
function thrownByScript({ stack }) {
  if (typeof stack !== "string") return false;
  const frames = stack.split("\n").filter((line) => /^\s+at |@/.test(line));
  return frames.length > 0 && !/wasm-function\[|wasm:\/\/|\[wasm code\]/.test(frames[0]);
}
