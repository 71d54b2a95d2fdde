// Who is to blame. Many requests wait in one instance; when it fails, all of them end
// with the same error, but only one of them caused it. Rust says for whom it works.

import { AbortError, PanicError, SealedError, StaleError } from "unpoison";

const TRIES = 5;

let last = 0;
let current = 0;
/** The request that caused a failure, by the failure. */
const culprits = new WeakMap();

/** Called by Rust before each step of a request. */
export function enter(request) {
  current = request;
}

/** Called by Rust. */
export function wait(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** For `onPanic` and `onAbort`. */
export function blame(error) {
  culprits.set(error, current);
}

/**
 * Makes a call for a request, again if another request took its instance away. Only for
 * calls that may be made twice.
 * @param {(request: number) => Promise<any>} call
 */
export async function attempt(call) {
  // What a request waits for may be settled in another one's turn; workerd takes a
  // request that has nothing of its own to wait for as hung, and cancels it.
  const alive = setInterval(() => {}, 1000);
  try {
    return await attempts(call);
  } finally {
    clearInterval(alive);
  }
}

async function attempts(call) {
  for (let tries = 1; ; tries++) {
    const request = ++last;
    // What runs before Rust's first step is this request's doing, too.
    current = request;
    try {
      return await call(request);
    } catch (e) {
      const failure = e instanceof SealedError ? e.failure : e;
      const failed = failure instanceof PanicError || failure instanceof AbortError;
      const innocent = e instanceof StaleError || (failed && culprits.get(failure) !== request);
      if (!innocent) throw e;
      if (tries === TRIES) throw new Unavailable(e);
    }
  }
}

/** Others ended the instance each time. */
export class Unavailable extends Error {
  constructor(cause) {
    super("other requests ended the instance", { cause });
  }
}

/** What a client is told of an error. */
export function told(error, generation) {
  if (error instanceof Unavailable) {
    return Response.json({ error: { message: error.message } }, { status: 503, headers: { "Retry-After": "1" } });
  }
  const { name, kind, message, file, line } = error;
  return Response.json({ error: { name, kind, message, file, line }, generation }, { status: 500 });
}
