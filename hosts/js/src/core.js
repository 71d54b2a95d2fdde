// Instances one after the other: which is current, whether it may be called, and what
// happens when it may not.
//
// A call finds its way in three numbers: `closed` says that the current instance must
// not be entered, `depth` how many calls of it are on the stack, `generation` which
// instance it is, from 1. A fresh instance is made by the next call that comes when
// nothing of the old one is on the stack any more; so there are never two in flight.

import { decode, failureOf } from "./decode.js";
import { AbortError, PanicError, SealedError, StaleError } from "./errors.js";
import { Lender } from "./lend.js";
import { metaOf } from "./meta.js";

/**
 * What makes the instances is a subclass: `make(generation)`, `makeLater(generation)`,
 * `exports` for the host and `bind(instance)`, which points those to an instance.
 */
export class Core {
  /**
   * @param {object} options
   * @param {import("./checkpoint.js").Checkpoint} [checkpoint]
   */
  constructor(options, checkpoint) {
    // By these names, `decode` takes them from here.
    this.module = undefined;
    this.hide = this.failed;
    this.sites = options.sites;
    this.options = options;
    this.checkpoint = checkpoint;
    this.instance = undefined;
    this.memory = undefined;
    this.generation = 0;
    this.depth = 0;
    this.closed = true;
    /** An instance is being made. */
    this.opening = false;
    /** Why the current instance is closed: it failed, or could not be opened. */
    this.failure = undefined;
    this.reason = undefined;
    /** What imports threw that looks like a trap. */
    this.foreign = new WeakSet();
    /** Errors that a callback was told of. */
    this.told = new WeakSet();
    this.saving = false;
    this.lender = new Lender((raw, generation) => this.bound(raw, generation));
  }

  /** Says of which module the instances are. Read now: after a failure there may be too little stack. */
  of(module) {
    this.module = module;
    /** A panic leaves frames that were not dropped, whether the module says so or not. */
    this.panicSeals = metaOf(module)?.panic === "abort";
  }

  /** The current instance failed and nothing of it is on the stack. */
  get dead() {
    return this.closed && this.depth === 0 && !this.opening;
  }

  /** A function that calls what it is bound to. The hot path of everything. */
  wrapper() {
    // In the order of what can go wrong: `closed` is set before anything is called,
    // for after a stack overflow the next call may overflow, too.
    const core = this;
    const { lender } = this;
    let target;
    const call = (...args) => {
      if (core.closed) core.reopen();
      if (lender.any) args = args.map((value) => lender.in(value));
      core.depth++;
      try {
        const result = target(...args);
        if (core.saving && core.depth === 1) core.checkpoint.take(core.memory);
        return typeof result === "object" || typeof result === "function" ? lender.out(result, core.generation) : result;
      } catch (e) {
        const before = core.closed;
        core.closed = true;
        throw core.failed(e, before);
      } finally {
        core.depth--;
      }
    };
    const bind = (to) => {
      target = to;
    };
    return { call, bind };
  }

  /** A function that is of one instance for ever. */
  bound(raw, generation) {
    const { call, bind } = this.wrapper();
    bind(raw);
    return (...args) => {
      if (generation !== this.generation || this.dead) {
        const current = this.dead ? this.generation + 1 : this.generation;
        throw new StaleError("the function", generation, current);
      }
      return call(...args);
    };
  }

  /** Makes sure of an instance that may be called or looked at. */
  live() {
    if (this.closed) this.reopen();
  }

  reopen() {
    if (!this.dead || (this.options.policy ?? "reinit") !== "reinit") throw this.refusal();
    this.renew();
  }

  /** A fresh instance because the host wants one. */
  again() {
    if (this.depth > 0 || this.opening) throw new TypeError("the instance cannot be replaced while a call is in flight");
    if (this.closed && this.options.policy === "seal") throw this.refusal();
    const { closed, generation } = this;
    this.closed = true;
    try {
      this.renew();
    } finally {
      // There is no other: the old one is what it was.
      if (this.generation === generation) this.closed = closed;
    }
  }

  /** A fresh instance ahead of the next call, if that would need one. */
  async ready() {
    if (!this.closed) return;
    if (!this.dead || this.options.policy === "seal") throw this.refusal();
    await this.renewLater();
  }

  refusal() {
    if (this.reason === undefined) this.failure ??= this.found();
    return new SealedError(this.failure, { cause: this.reason });
  }

  /** The failure of an instance that is closed although nobody could say why. */
  found() {
    const known = this.instance && failureOf(this.instance, this);
    if (known !== undefined) return known;
    // Too little was left of the stack to decode what came.
    const message = "the engine's stack was exhausted";
    return new AbortError({ message, kind: "trap", stackOverflow: true });
  }

  /** Makes the next instance and opens it. */
  renew() {
    const generation = this.generation + 1;
    this.depth++;
    let instance;
    try {
      instance = this.make(generation);
    } finally {
      this.depth--;
    }
    this.open(instance);
  }

  /** The same where the engine wants large modules instantiated in the background. */
  async renewLater() {
    const generation = this.generation + 1;
    const instance = await this.makeLater(generation);
    // A call may have been first.
    if (this.dead && this.generation + 1 === generation) this.open(instance);
  }

  open(instance) {
    const old = this.memory;
    this.memory = this.memoryOf(instance);
    if (old !== undefined && old === this.memory) {
      throw new TypeError("`imports` gave two instances the same memory");
    }
    this.instance = instance;
    this.generation++;
    this.failure = undefined;
    this.reason = undefined;
    this.opening = true;
    try {
      // It detaches the buffer, so that nobody reads or writes what is no more.
      old?.grow(0);
      this.bind(instance);
      this.closed = false;
      this.furnish();
      if (this.closed) throw this.refusal();
    } catch (e) {
      this.closed = true;
      this.reason = e;
      throw e;
    } finally {
      this.opening = false;
    }
  }

  /** Gives a fresh instance what it begins with. */
  furnish() {
    const { init, onReinit } = this.options;
    if (this.checkpoint?.taken) {
      this.checkpoint.restore(this.memory);
    } else {
      this.saving = false;
      init?.(this.exports);
      if (!this.closed) this.checkpoint?.take(this.memory);
    }
    this.saving = this.options.checkpoint === "call";
    if (this.generation > 1) onReinit?.(this.instance, this.generation);
  }

  memoryOf({ exports }) {
    const exported = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
    return exported ?? this.imported;
  }

  /**
   * What a call that ended with an exception is to throw. Closed stays closed if the
   * instance is not to be entered again.
   * @param {boolean} before whether it was closed when the exception arrived
   */
  failed(exception, before) {
    const error = this.foreign.has(exception) ? exception : decode(this.instance, exception, this);
    const own = error !== exception;
    if (this.failure === undefined) {
      if (before || this.ends(own && error)) {
        this.failure = failureOf(this.instance, this) ?? (own ? error : this.found());
        this.tell(this.failure);
      } else {
        this.closed = false;
        if (own) this.tell(error);
      }
    }
    return this.options.policy === "throw" ? exception : error;
  }

  /** Whether an instance is at an end; `error` is false if another's passed through. */
  ends(error) {
    if (this.instance.exports.__unpoison_state.value !== 0) return true;
    return error && (this.panicSeals || !(error instanceof PanicError));
  }

  /** Once: an error passes all the calls that its own was nested in. */
  tell(error) {
    if (this.told.has(error)) return;
    this.told.add(error);
    const { onPanic, onAbort } = this.options;
    if (error instanceof PanicError) onPanic?.(error);
    else onAbort?.(error);
  }
}
