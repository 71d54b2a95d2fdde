export { AbortError, Failure, PanicError, SealedError, StaleError } from "./errors.js";
export { decode } from "./decode.js";
export { recover, recoverBindgen, recoverSync } from "./recover.js";
