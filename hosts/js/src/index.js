export { PanicError, RustAbortError, RustFailure, SealedError, StaleError, isFailure } from "./errors.js";
export { decode } from "./decode.js";
export { recover, recoverSync } from "./recover.js";
export { recoverBindgen } from "./recover-bindgen.js";
