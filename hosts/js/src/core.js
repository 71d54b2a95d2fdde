// Instances one after the other: which is current, whether it may be called, and what
// happens when it may not.
//
// A call finds its way in three numbers: `closed` says that the current instance must
// not be entered, `depth` how many calls of it are on the stack, `generation` which
// instance it is, from 1. A fresh instance is made by the next call that comes when
// nothing of the old one is on the stack any more; so there are never two in flight.
// Where it cannot be made at once, it is made in the background as soon as one has failed.

import { decodeFrom, failureOf } from "./decode.js";
import { PanicError, RustAbortError, SealedError, StaleError } from "./errors.js";
import { Lender } from "./lend.js";
import { metaOf } from "./meta.js";
import { Restarts } from "./restarts.js";
import { trapOf } from "./traps.js";
import { isObject } from "./values.js";

/**
 * What makes the instances is a subclass: `make(generation)`, which gives an instance and its
 * memory, and `makeLater(generation)`, which gives a function that does; `exports` for the host, `bind(instance)`, which
 * points those to an instance; `keeps`: whether one can be bound again; `patient`: whether
 * the host waits by `ready()` for an `init` that takes its time.
 */
export class Core {
  /**
   * @param {object} options
   * @param {import("./checkpoint.js").Checkpoint} [checkpoint]
   */
  constructor(options, checkpoint) {
    // By these names, `decode` takes them from here.
    this.module = undefined;
    this.memory = undefined;
    this.hide = this.failed;
    this.sites = options.sites;
    this.options = options;
    this.policy = options.policy ?? "reinit";
    this.checkpoint = checkpoint;
    this.instance = undefined;
    this.generation = 0;
    /** The newest generation, also of an instance that was given up for the one before. */
    this.newest = 0;
    this.depth = 0;
    this.closed = true;
    /** The current instance failed, and perhaps nobody knows by what. */
    this.broken = false;
    /** An instance is being made; one that was made gets what it begins with. */
    this.making = false;
    this.opening = false;
    /** Instances are made in the background: the engine or `init` wants it so. */
    this.later = false;
    this.renewing = undefined;
    /** Why the current instance is closed: it failed, or could not be opened. */
    this.failure = undefined;
    this.reason = undefined;
    /** What imports threw; how often they were called; what was thrown last, and when. */
    this.foreign = new WeakSet();
    this.outs = 0;
    this.thrownAt = 0;
    this.thrown = undefined;
    /** It was thrown because Rust wanted it. */
    this.meant = false;
    /** Errors that a callback was told of, and those that it has still to be told of. */
    this.told = new WeakSet();
    this.untold = [];
    /** There is something to do when a call has gone well. */
    this.after = true;
    this.saving = false;
    this.restarts = new Restarts(options.restarts);
    this.counts = { panics: 0, aborts: 0, unopened: 0, missed: 0 };
    this.lender = new Lender((raw, generation) => this.bound(raw, generation));
  }

  /** Says of which module the instances are. Read now: after a failure there may be too little stack. */
  of(module) {
    this.module = module;
    /** A panic leaves frames that were not dropped, and so does what skips them. */
    const { panic } = metaOf(module, this.sites);
    this.unwinds = panic === "unwind";
    this.panicSeals = panic === "abort";
  }

  /** The current instance failed and nothing of it is on the stack. */
  get dead() {
    return this.closed && this.depth === 0 && !this.opening;
  }

  /**
   * A function that calls what it is bound to. The hot path of everything.
   * @param {boolean} first whether it may be called while an instance is being opened
   */
  wrapper(first = false) {
    // In the order of what can go wrong: `closed` is set before anything is called,
    // for after a stack overflow the next call may overflow, too.
    const core = this;
    const { lender } = this;
    let target;
    const call = (...args) => {
      if (core.closed && !(first && core.opening && !core.broken)) core.reopen();
      if (lender.any) args = args.map((value) => lender.in(value, core.generation));
      const { outs } = core;
      let result;
      core.depth++;
      try {
        result = target(...args);
      } catch (e) {
        const before = core.broken;
        core.closed = core.broken = true;
        throw core.failed(e, before, outs);
      } finally {
        core.depth--;
      }
      if (core.after && core.depth === 0 && !core.opening) core.went();
      return typeof result === "object" || typeof result === "function" ? lender.out(result, core.generation) : result;
    };
    const bind = (to) => {
      target = to;
    };
    return { call, bind };
  }

  /** A call of the host's has returned. */
  went() {
    this.restarts.row = 0;
    this.after = this.saving;
    this.flush();
    if (!this.saving || this.closed) return;
    try {
      this.checkpoint.take(this.memory);
    } catch {
      // There was no room for it; the one before holds.
      this.counts.missed++;
    }
  }

  /** A function that is of one instance for ever. */
  bound(raw, generation) {
    const { call, bind } = this.wrapper();
    bind(raw);
    return (...args) => {
      if (generation !== this.generation || this.dead) return this.stale("the function", generation);
      return call(...args);
    };
  }

  /** What is of an instance that is gone was called. */
  stale(what, generation) {
    if (this.options.stale === "ignore") return undefined;
    throw this.staleError(what, generation);
  }

  staleError(what, generation) {
    return new StaleError(what, generation, this.dead ? this.generation + 1 : this.generation);
  }

  /** Makes sure of an instance that may be looked at; for what is of a generation, of that one. */
  live(generation, what) {
    // One that is sealed for ever is all that there is to look at.
    const last = this.policy !== "reinit" && this.instance !== undefined && !this.making;
    const gone = generation !== undefined && (generation !== this.generation || (this.dead && !last));
    if (gone) throw this.staleError(what, generation);
    if (this.closed && !this.opening && !last) this.reopen();
  }

  reopen() {
    if (!this.dead || this.policy !== "reinit" || (this.renewing && this.later)) throw this.refusal();
    this.know();
    this.flush();
    const { wait } = this.restarts;
    if (wait > 0) throw this.refusal({ retryAfter: wait });
    if (this.later) {
      this.ahead();
      throw this.refusal();
    }
    this.renew();
  }

  /** A fresh instance because the host wants one. */
  again() {
    if (this.depth > 0 || this.opening) throw new TypeError("the instance cannot be replaced while a call is in flight");
    if (this.closed && this.policy === "seal") throw this.refusal();
    const { closed, instance, memory, generation } = this;
    this.restarts.forget();
    this.closed = true;
    try {
      this.renew();
    } catch (e) {
      // There is no other: the old one is what it was.
      if (!closed && this.keeps) {
        Object.assign(this, { instance, memory, generation, closed, broken: false, failure: undefined, reason: undefined });
        this.bind(instance);
      }
      throw e;
    }
    if (!closed) detach(memory);
  }

  /** A fresh instance ahead of the next call, if that would need one. */
  async ready() {
    if (!this.closed) return;
    if (this.renewing === undefined) {
      if (!this.dead || this.policy === "seal") throw this.refusal();
      this.restarts.forget();
    }
    await this.background();
  }

  /** In the background, and nobody waits for it. */
  ahead(renewal) {
    // Whoever calls next is told.
    this.background(renewal).catch(() => {});
  }

  background(renewal) {
    const done = () => {
      this.renewing = undefined;
    };
    return (this.renewing ??= (renewal ?? this.renewLater()).finally(done));
  }

  refusal(options) {
    if (this.making || this.opening || this.renewing) {
      return new SealedError(this.failure, { why: "a fresh instance is being made", cause: this.reason, ...options });
    }
    if (this.reason === undefined) this.know();
    return new SealedError(this.failure, { cause: this.reason, ...options });
  }

  /** An instance that is closed has failed, although nobody could say why. */
  know() {
    if (this.broken && this.failure === undefined) this.fell(this.found());
  }

  /** Why, as far as can be known now. */
  found() {
    const known = this.instance && failureOf(this.instance, this);
    if (known !== undefined) return known;
    // Too little was left of the stack to decode what came.
    const message = "the engine's stack was exhausted";
    return new RustAbortError({ message, kind: "trap", stackOverflow: true });
  }

  /** Makes the next instance and opens it. */
  renew() {
    const healthy = this.instance !== undefined && !this.broken && this.reason === undefined;
    this.restarts.making();
    this.depth++;
    this.making = true;
    let next;
    try {
      next = this.make(this.newest + 1);
    } catch (e) {
      this.unopened();
      // The engine may want it made in the background: large ones on a page's main thread.
      if (this.generation === 0 || healthy || !tooLarge(e)) throw e;
      this.later = true;
      this.reason = e;
      this.ahead();
      throw this.refusal();
    } finally {
      this.depth--;
      this.making = false;
    }
    this.open(next, healthy);
    const waits = this.furnish();
    if (!waits) return this.opened();
    if (this.patient) return this.ahead(this.waited(waits));
    waits.then(undefined, () => {});
    this.unopened();
    throw this.shut(new TypeError("`init` must not be asynchronous here: use `recover`"));
  }

  /** The same in the background. */
  async renewLater() {
    const { newest } = this;
    this.restarts.making();
    let next;
    try {
      const made = await this.makeLater(newest + 1);
      // A call may have been first.
      if (this.newest !== newest || !this.dead) return;
      // Only now: what its start function leaves for later comes when it is open.
      next = made();
    } catch (e) {
      this.unopened();
      throw e;
    }
    this.open(next);
    const waits = this.furnish();
    if (waits) await this.waited(waits);
    else this.opened();
  }

  /** Until `init` is through, nobody else gets in. */
  async waited(init) {
    this.later = true;
    this.closed = true;
    try {
      await init;
    } catch (e) {
      this.unopened();
      throw this.shut(e);
    }
    this.opened();
  }

  open({ instance, memory }, healthy = false) {
    const old = this.memory;
    if (old !== undefined && old === memory) throw new TypeError("`imports` gave two instances the same memory");
    this.instance = instance;
    this.memory = memory;
    this.generation = ++this.newest;
    this.failure = undefined;
    this.reason = undefined;
    this.broken = false;
    this.opening = true;
    try {
      // So that nobody reads or writes what is no more.
      if (!(healthy && this.keeps)) detach(old);
      this.bind(instance);
      this.closed = false;
    } catch (e) {
      throw this.shut(e);
    }
  }

  /** Gives a fresh instance what it begins with; answers a promise if that takes its time. */
  furnish() {
    const { init, onInstance } = this.options;
    let waits;
    try {
      onInstance?.(this.instance, this.context);
      if (this.checkpoint?.taken) {
        this.checkpoint.restore(this.memory);
      } else {
        this.saving = false;
        waits = init?.(this.first ?? this.exports);
      }
      if (typeof waits?.then === "function") return waits;
      if (this.broken) throw this.refusal();
    } catch (e) {
      this.unopened();
      throw this.shut(e);
    }
    return undefined;
  }

  opened() {
    try {
      if (this.broken) {
        const error = new SealedError(this.failure);
        this.unopened();
        throw this.shut(error);
      }
      this.closed = false;
      if (this.checkpoint && !this.checkpoint.taken) this.checkpoint.take(this.memory);
      const { rehearse } = this.options;
      // Each instance fails elsewhere: else a call that is made again would never come through.
      if (rehearse) this.instance.exports.__unpoison_rehearse((rehearse.seed ?? 0) + this.generation, rehearse.rate * 1e6);
    } finally {
      this.opening = false;
    }
    this.saving = this.options.checkpoint === "call";
    this.after = true;
    this.restarts.opened();
    // What it throws is not the instance's fault.
    if (this.generation > 1) this.options.onReinit?.(this.instance, this.generation);
  }

  /** The instance that was being opened cannot be. */
  shut(error) {
    this.closed = true;
    this.opening = false;
    this.reason = error;
    return error;
  }

  unopened() {
    this.counts.unopened++;
    // From the end of the host's stack nothing can be started; that is not the module's fault.
    if (roomy(500)) this.restarts.unopened();
  }

  /** What hooks are given beside the error. */
  get context() {
    const { instance, memory, generation } = this;
    return { instance, memory, generation };
  }

  /**
   * What a call that ended with an exception is to throw. Closed stays closed if the
   * instance is not to be entered again.
   * @param {boolean} before whether the instance had failed when the exception arrived
   * @param {number} outs how often imports had been called when the call began
   */
  failed(exception, before, outs) {
    const foreign = !isObject(exception) || this.foreign.has(exception);
    // What glue throws may be a value that went through Rust: then its stack has to tell.
    const called = this.outs !== outs;
    const error = decodeFrom(this.instance, exception, this, foreign || this.direct || !called ? foreign : undefined);
    const own = error !== exception && error;
    if (this.failure === undefined) {
      // It came past frames of Rust's: out of an import, or from the conversion of its result.
      const last = this.thrownAt === this.outs && Object.is(this.thrown, exception);
      const passed = !own && called && (last || this.direct);
      if (before || this.ends(own, passed)) {
        const why = () => own || (before || !passed ? this.found() : skipped(exception));
        this.fell(failureOf(this.instance, this) ?? why());
      } else {
        this.broken = false;
        this.closed = this.opening && this.later;
      }
    }
    this.meant = false;
    if (own && own !== this.failure && !(own instanceof SealedError)) this.untold.push(own);
    this.flush();
    return this.policy === "throw" ? exception : error;
  }

  /** Whether an instance is at an end: by its own word, by an error, by what skipped its frames. */
  ends(own, passed) {
    if (this.instance.exports.__unpoison_state.value !== 0) return true;
    if (passed) return !this.unwinds && this.options.hostExceptions !== "pass";
    return own && (this.panicSeals || !(own instanceof PanicError));
  }

  /** The current instance is at an end, by this. */
  fell(failure) {
    this.closed = this.broken = true;
    this.failure = failure;
    this.after = true;
    this.restarts.failed();
    this.untold.push(failure);
    if (this.later && this.policy === "reinit") Promise.resolve().then(() => this.dead && this.restarts.wait === 0 && this.ahead());
  }

  /** Tells the hooks what they have still to be told; what they throw is thrown. */
  flush() {
    while (this.untold.length > 0) this.tell(this.untold.shift());
  }

  /** Once: an error passes all the calls that its own was nested in. */
  tell(error) {
    if (this.told.has(error)) return;
    this.told.add(error);
    const { onPanic, onAbort } = this.options;
    if (error instanceof PanicError) {
      this.counts.panics++;
      onPanic?.(error, this.context);
    } else {
      this.counts.aborts++;
      onAbort?.(error, this.context);
    }
  }
}

/** Who has an old buffer finds it empty. */
function detach(memory) {
  try {
    memory?.grow(0);
  } catch {
    // One that the host must not grow is the host's.
  }
}

/** Engines say so of modules that a page's main thread may only make in the background. */
export function tooLarge(error) {
  return error?.name === "RangeError" && trapOf(error, false) === undefined;
}

function roomy(frames) {
  try {
    return frames === 0 || roomy(frames - 1);
  } catch {
    return false;
  }
}

function skipped(cause) {
  const message = `an exception of the host's left through Rust's frames: ${describe(cause)}`;
  return new RustAbortError({ message, kind: "exception" }, { cause });
}

function describe(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
