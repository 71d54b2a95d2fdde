// Who is to blame. Many requests wait in one instance; when it fails, all of them end
// with the same error, but only one of them caused it. Rust says for whom it works.

import { PanicError, RustAbortError, SealedError, StaleError } from "unpoison";

const TRIES = 5;

let last = 0;
let current = 0;
/** The request that caused a failure, by the failure. */
const culprits = new WeakMap();

/** Called by Rust before each step of a request. */
export function enter(request) {
  current = request;
}

/**
 * Called by Rust, perhaps in another request's turn. A timer ends with the request that
 * set it, so the waiting is done by one that the request has set itself.
 */
export function wait(milliseconds) {
  const { waits } = clocks.get(current);
  return new Promise((done) => waits.push({ until: Date.now() + milliseconds, done }));
}

/** Of each request that Rust works for. */
const clocks = new Map();

function clock() {
  const waits = [];
  const tick = () => {
    const now = Date.now();
    for (const wait of waits.splice(0)) {
      if (wait.until <= now) wait.done();
      else waits.push(wait);
    }
  };
  return { waits, timer: setInterval(tick, 2) };
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
  // It keeps the request alive, too: what has no timer of its own while it waits is
  // taken for hung, and cancelled.
  const own = clock();
  try {
    return await attempts(call, own);
  } finally {
    clearInterval(own.timer);
  }
}

async function attempts(call, own) {
  for (let tries = 1; ; tries++) {
    const request = ++last;
    // What runs before Rust's first step is this request's doing, too.
    current = request;
    clocks.set(request, own);
    try {
      return await call(request);
    } catch (e) {
      const failure = e instanceof SealedError ? e.failure : e;
      const failed = failure instanceof PanicError || failure instanceof RustAbortError;
      const innocent = e instanceof StaleError || (failed && culprits.get(failure) !== request);
      if (!innocent) throw e;
      if (tries === TRIES) throw new Unavailable(e);
    } finally {
      clocks.delete(request);
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
