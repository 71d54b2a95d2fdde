// Cloudflare Workers: the entry of an app by the crate `worker`, on top of `recoverBindgen`.
//
// `unpoison worker-build` generates what imports this. What a module exports is what there
// is: functions are handlers, classes are Durable Objects.

import { RustAbortError, SealedError, StaleError } from "./errors.js";
import { recoverBindgen } from "./recover-bindgen.js";
import { Scope } from "./scope.js";
import { isClass } from "./values.js";

/** The handlers that are given `env` and `ctx`; others are methods of an RPC. */
const HANDLERS = new Set(["fetch", "scheduled", "queue", "tail", "email", "connect", "test", "trace"]);
/** Requests that may be made twice. */
const SAFE = new Set(["GET", "HEAD"]);
/** Handlers of web sockets, whose clients see no exception. */
const SOCKET = /^webSocket(Message|Error)$/;
/** For the entry alone. */
const OWN = /^__/;

/**
 * The entry of an app, and its Durable Objects. Options, of `unpoison.worker.js`: those of
 * `recoverBindgen`; `onUnavailable(failure, { retryAfter })`, which answers a request that
 * another one took the instance from; `retryAfter`, in seconds, 1 by default; `retries`, how
 * often a GET or HEAD of the entry is made again before that, 0 by default.
 */
export function serve(WorkerEntrypoint, glue, options = {}) {
  const { onPanic, onAbort, onUnavailable = unavailable, retryAfter = 1, retries = 0, ...rest } = options;
  const scope = new Scope();
  const culprits = new WeakMap();
  const inFlight = new Set();
  const told = (hook) => (error, context) => {
    // Of one who is alone there is no doubt.
    culprits.set(error, scope.current ?? (inFlight.size === 1 ? [...inFlight][0] : undefined));
    // As it would be seen without a hook.
    if (hook === undefined) console.error(error);
    else hook(error, context);
  };
  const rust = recoverBindgen(glue, { ...rest, onPanic: told(onPanic), onAbort: told(onAbort), scope });
  const app = { rust, glue, scope, culprits, inFlight, retries, answer: (error) => onUnavailable(error, { retryAfter }) };
  return { rust, entry: entryOf(app, WorkerEntrypoint), durableObject: (name) => durableObject(app, rust.exports[name]) };
}

function entryOf(app, WorkerEntrypoint) {
  class Entry extends WorkerEntrypoint {}
  for (const [name, f] of Object.entries(app.rust.exports)) {
    if (OWN.test(name) || typeof f !== "function" || isClass(app.glue[name])) continue;
    Entry.prototype[name] = {
      [name](...args) {
        const given = HANDLERS.has(name) ? [args[0], this.env, this.ctx] : args;
        const again = name === "fetch" && SAFE.has(args[0]?.method) ? app.retries : 0;
        return attempt(app, name, () => f.apply(this, given), again);
      },
    }[name];
  }
  return Entry;
}

/** A class whose objects are made anew in each instance. */
function durableObject(app, Class) {
  return new Proxy(Class, {
    construct(_, args) {
      const make = () => Reflect.construct(Class, args);
      const held = { object: make(), generation: app.rust.generation };
      const current = () => {
        if (held.generation !== app.rust.generation || app.rust.failure !== undefined) {
          held.object = make();
          held.generation = app.rust.generation;
        }
        return held.object;
      };
      return new Proxy(held.object, {
        // What this object has been asked for it has in any instance.
        get(_, name) {
          const value = Reflect.get(held.object, name);
          if (typeof value !== "function" || OWN.test(String(name)) || name === "constructor") return value;
          return SOCKET.test(name)
            ? (socket, ...rest) => attempt(app, name, () => current()[name](socket, ...rest)).catch((e) => hangUp(socket, e))
            : (...args) => attempt(app, name, () => current()[name](...args));
        },
        has: (_, name) => Reflect.has(held.object, name),
        getPrototypeOf: () => Reflect.getPrototypeOf(held.object),
      });
    },
  });
}

/** Tells a client whose message ended in a failure to come again, or that it was its own. */
function hangUp(socket, error) {
  const [code, reason] = error instanceof Unavailable ? [1013, "Try Again Later"] : [1011, "Internal Error"];
  try {
    socket.close(code, reason);
  } catch {
    // It is closed.
  }
  throw error;
}

/** Makes a call for whoever asks for it here; only that one is told of a failure of its own. */
async function attempt(app, name, call, again = 0) {
  const whose = {};
  app.inFlight.add(whose);
  try {
    return await app.scope.run(whose, call);
  } catch (error) {
    const failure = error instanceof SealedError ? error.failure : error;
    const ours = error instanceof StaleError || (typeof failure === "object" && failure !== null && app.culprits.has(failure));
    if (!ours) throw error;
    const culprit = app.culprits.get(failure);
    if (culprit === whose) throw failure;
    if (again > 0) return await attempt(app, name, call, again - 1);
    if (name === "fetch") return app.answer(failure);
    throw new Unavailable(failure);
  } finally {
    app.inFlight.delete(whose);
  }
}

/** What is thrown for an innocent one who is no `fetch`: alarms and queues are tried again. */
export class Unavailable extends Error {
  constructor(cause) {
    super("another request ended the instance");
    this.name = "Unavailable";
    Object.defineProperty(this, "failure", { value: cause });
  }
}

function unavailable(_error, { retryAfter }) {
  return new Response("Service Unavailable", { status: 503, headers: { "Retry-After": String(retryAfter) } });
}
