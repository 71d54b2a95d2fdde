// Which exceptions are an engine's way to say that it stopped a module.

/**
 * Whether the engine stopped wasm code by this exception.
 * @param {boolean} look whether scripts may have thrown it, so that its stack has to tell
 * @returns {{stackOverflow: boolean | undefined} | undefined} undefined if it did not
 */
export function trapOf(exception, look) {
  const { name, message } = exception;
  // Chromium and Safari have a RangeError, Firefox has an InternalError, too.
  const overflow = /call stack|stack overflow|recursion/i.test(message);
  if (name !== "RuntimeError" && !((name === "RangeError" || name === "InternalError") && overflow)) return undefined;
  if (look && thrownByScript(exception)) return undefined;
  // Rust keeps large frames in a stack of its own at the bottom of memory. Its end is
  // an access out of bounds, and so is a wild pointer.
  const outside = /out of bounds/i.test(message) && !/table|call_indirect/i.test(message);
  return { stackOverflow: overflow || (outside ? undefined : false) };
}

export function isUnreachable({ message }) {
  return /unreachable/i.test(message);
}

/** A module whose one function traps. */
const TRAPS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];

/**
 * The topmost frame is a script's, where that can be read: engines leave wasm frames out or
 * write them in ways of their own, and so do programs that write stacks.
 */
function thrownByScript(exception) {
  return beginsInScript(exception) && !beginsInScript(aTrap());
}

function beginsInScript({ stack }) {
  if (typeof stack !== "string") return false;
  const frame = stack.split("\n").find((line) => /^\s+at |@/.test(line)) ?? "";
  return /:\d+:\d+\)?$/.test(frame) && !/wasm-function\[|wasm:\/\/|\[wasm code\]/.test(frame);
}

/** A trap for certain; nothing where hosts must not make modules. */
function aTrap() {
  let f;
  try {
    f = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(TRAPS))).exports.f;
  } catch {
    return {};
  }
  try {
    return f() ?? {};
  } catch (e) {
    return e;
  }
}
