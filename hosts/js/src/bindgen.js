// wasm-bindgen's glue, recovered.
//
// How the glue comes by an instance is its kind's: `glue-reset.js`, `glue-bundler.js`.
// What is added here: it gets a fresh one when it has to, entry points throw typed errors,
// and whoever waits for a promise of an instance that failed is told.

import { Core } from "./core.js";
import { caughtPanic, failureOf } from "./decode.js";
import { RustAbortError, StaleError } from "./errors.js";
import { wrapImports } from "./imports.js";
import { RecoveredMemory } from "./memory.js";
import { Pending } from "./pending.js";
import { given, isClass, put, typeOf } from "./values.js";
import { shown, wraps } from "./wraps.js";

/** Imports that call what they are given later, when nobody is there to catch. */
const LATER = /^__wbg_(queueMicrotask|then|finally|setTimeout)_/;
/** Those of them whose callback runs the tasks of all. */
const TASKS = /^__wbg_queueMicrotask_/;
/** The imports that throw because Rust says so (`throw_str`, `throw_val`): no failure. */
const THROWS = /^__wbg___wbindgen_(re)?throw_|^__wbindgen_(re)?throw$/;
/** The import that makes an error of a panic that wasm-bindgen caught. */
const CAUGHT = /^__wbg___wbindgen_panic_error_/;
/** Methods that give an object back to Rust; called by finalizers, too. */
const FREES = new Set(["free", Symbol.dispose].filter((name) => name !== undefined));

/** On a function of the glue's: whose it is. Another copy of this package finds it, too. */
const OWNER = Symbol.for("unpoison.owner");

/** Of a module without the flag. */
const NO_FLAGS = new Int32Array(1);

export class BindgenCore extends Core {
  #glue;
  #kind;
  #entries = new WeakMap();
  /** Methods as the glue has them. */
  #originals = [];
  /** Prototypes of the classes that were wrapped. */
  #classes = new WeakSet();
  #owner;
  /** wasm-bindgen's flag that ends an instance, and where it is in there; see `terminated`. */
  flags = NO_FLAGS;
  flagAt = 0;
  keeps = false;
  direct = false;
  patient = true;
  /** Of the newest instance, opened or not; its objects have it as `__wbg_inst`. */
  id = 0;
  /** How many instances the glue had made before it began to count. */
  uncounted = 0;

  /** @param {(old: object | undefined) => object} kindOf see `glue-reset.js`, `glue-bundler.js` */
  constructor(glue, kindOf, options) {
    super(options);
    this.#glue = glue;
    const identity = glue.__wbg_reset_state ?? glue.__wbg_set_wasm ?? glue;
    const old = identity[OWNER];
    this.#kind = kindOf(old?.kind);
    this.pending = new Pending();
    old?.retire();
    // The glue goes on counting.
    this.id = old?.id() ?? 0;
    this.exports = this.#stable();
    this.view = new RecoveredMemory(this, () => this.memory);
    this.#owner = { kind: this.#kind, id: () => this.id, retire: () => this.#retire() };
    Object.defineProperty(identity, OWNER, { value: this.#owner, configurable: true });
  }

  /** The glue is recovered anew, as after a hot reload. */
  #retire() {
    for (const [prototype, name, property] of this.#originals.reverse()) Object.defineProperty(prototype, name, property);
    this.closed = true;
    this.reason = new Error("the glue was recovered once more");
    this.policy = "seal";
    this.pending.fail(this.reason);
  }

  /** The first instance could not be made at once. */
  inBackground() {
    this.later = true;
    this.ahead();
  }

  make() {
    this.#before();
    this.#kind.foresee?.((value) => this.#met(value));
    return this.#kind.make(this, (imports) => this.#watched(imports));
  }

  makeLater() {
    this.#before();
    this.#kind.foresee?.((value) => this.#met(value));
    return this.#kind.makeLater(this, (imports) => this.#watched(imports));
  }

  #before() {
    // There are none where a failure was decoded.
    this.pending.fail(this.failure ?? new StaleError("the promise", this.generation, this.newest + 1));
    this.id++;
  }

  /** The glue has let go of the old instance, whether the new one could be started or not. */
  again() {
    const { id, generation } = this;
    try {
      super.again();
    } catch (e) {
      if (this.id !== id && this.generation === generation) {
        this.closed = true;
        this.reason = e;
      }
      throw e;
    }
  }

  bind({ exports }) {
    const at = exports.__instance_terminated?.value;
    this.flagAt = at === undefined ? 0 : at >>> 2;
    this.flags = at === undefined ? NO_FLAGS : new Int32Array(this.memory.buffer);
  }

  /** wasm-bindgen's own flag: it lets nothing in any more. */
  get terminated() {
    // Growth has detached it.
    if (this.flags.length === 0) this.flags = new Int32Array(this.memory.buffer);
    return this.flags[this.flagAt] !== 0;
  }

  ends(own, passed) {
    return this.terminated || super.ends(own, passed && !this.meant);
  }

  found() {
    if (!this.terminated) return super.found();
    return failureOf(this.instance, this) ?? new RustAbortError({ message: "the module was terminated" });
  }

  fell(failure) {
    super.fell(failure);
    this.pending.fail(failure);
  }

  /** Whether what is of an instance may still be used. */
  current(id) {
    return id === this.id && !this.closed;
  }

  /** Closures of Rust's that become functions of the host's are entries, too. */
  #watched(imports) {
    const wrapped = wrapImports(this, imports, this.newest + 1);
    const met = (value) => this.#met(value);
    for (const [module, functions] of Object.entries(wrapped)) {
      for (const [name, f] of Object.entries(functions)) {
        if (typeof f !== "function") continue;
        if (THROWS.test(name)) functions[name] = (...args) => this.#meant(() => f(...args));
        else if (CAUGHT.test(name)) functions[name] = (...args) => this.#panicked(f(...args));
        else if (LATER.test(name)) functions[name] = (...args) => f(...args.map((arg) => this.#quiet(arg, TASKS.test(name))));
        else if (wraps(given(given(imports, module), name))) functions[name] = (...args) => this.#closure(shown(met, () => f(...args)));
        else functions[name] = (...args) => this.#closure(f(...args));
      }
    }
    return wrapped;
  }

  #meant(call) {
    try {
      return call();
    } catch (e) {
      this.meant = true;
      throw e;
    }
  }

  /** Inside Rust: a hook that threw here would end the instance. It is told at the way out. */
  #panicked(cause) {
    if (this.instance === undefined) return cause;
    const error = caughtPanic(this.instance, cause, this);
    this.untold.push(error);
    this.after = true;
    return error;
  }

  /**
   * An object of a class that the glue does not hand out by itself, for it is private to the
   * glue: the first that comes by shows the class.
   */
  #met(value) {
    if (typeof value !== "object" || value === null) return value;
    let prototype = Object.getPrototypeOf(value);
    while (prototype !== null && !Object.hasOwn(prototype, "__destroy_into_raw")) prototype = Object.getPrototypeOf(prototype);
    if (prototype === null || this.#classes.has(prototype)) return value;
    this.#classOf(prototype.constructor);
    this.#kind.mark(this, value);
    return value;
  }

  #closure(value) {
    const unref = typeof value === "function" && value._wbg_cb_unref;
    if (typeof unref !== "function") return this.#met(value);
    // Not the generation: a start function makes closures before there is one.
    const id = this.id;
    const held = this.#kind.hold(this, value);
    const entry = this.entry(held.call);
    const enter = this.options.scope?.later(entry) ?? entry;
    const closure = (...args) => {
      if (id !== this.id || this.dead) return this.stale("the closure", id + this.uncounted);
      return enter(...args);
    };
    closure._wbg_cb_unref = () => {
      if (id === this.id) held.release();
    };
    held.by?.(closure);
    return closure;
  }

  /** For tasks: the failure has been told to whoever waits. */
  #quiet(value, tasks) {
    if (typeof value !== "function" || value._wbg_cb_unref === undefined) return value;
    const id = this.id;
    const { scope } = this.options;
    const quiet = (...args) => {
      if (id !== this.id || barred(this)) return undefined;
      try {
        return value(...args);
      } catch (e) {
        if (!barred(this)) throw e;
        return undefined;
      } finally {
        this.flush();
      }
    };
    return (tasks ? scope?.shared(quiet) : scope?.later(quiet)) ?? quiet;
  }

  /** A promise of this instance's, as it is handed out. */
  #waits(promise) {
    const watched = this.pending.watch(promise);
    return this.options.scope?.waited(watched) ?? watched;
  }

  /** A function of the glue's as the host may call it. */
  entry(f) {
    const core = this;
    const { lender } = this;
    const general = function (...args) {
      enter(core, this);
      for (const arg of args) check(core, arg);
      const { outs } = core;
      let result;
      core.depth++;
      try {
        result = f.apply(this, lender.any ? args.map((value) => lender.in(value, core.generation)) : args);
      } catch (e) {
        throw caught(core, e, outs);
      } finally {
        core.depth--;
      }
      return left(core, result);
    };
    // This is the hot path of most programs: a call of few arguments makes no array of them, and
    // what is out of the ordinary goes the other way. Each part is a nanosecond.
    switch (f.length) {
      case 0:
        return function () {
          if (core.closed || core.flags[core.flagAt] !== 0 || lender.any || arguments.length > 0) return general.apply(this, arguments);
          if (this?.__wbg_inst !== core.id) check(core, this);
          const { outs } = core;
          let result;
          core.depth++;
          try {
            result = f.call(this);
          } catch (e) {
            throw caught(core, e, outs);
          } finally {
            core.depth--;
          }
          return core.after || typeof result === "object" || typeof result === "function" ? left(core, result) : result;
        };
      case 1:
        return function (one) {
          if (core.closed || core.flags[core.flagAt] !== 0 || lender.any || arguments.length > 1) return general.apply(this, arguments);
          if (this?.__wbg_inst !== core.id) check(core, this);
          if (typeof one === "object") check(core, one);
          const { outs } = core;
          let result;
          core.depth++;
          try {
            result = f.call(this, one);
          } catch (e) {
            throw caught(core, e, outs);
          } finally {
            core.depth--;
          }
          return core.after || typeof result === "object" || typeof result === "function" ? left(core, result) : result;
        };
      default:
        return general;
    }
  }

  /** What is not a plain value, on its way to the host. */
  gives(result) {
    if (typeOf(result) === "Promise") return this.#waits(result);
    return this.lender.out(this.#met(result), this.generation);
  }

  #stable() {
    return this.#all(this.#glue, (name) => !this.#kind.own.has(name));
  }

  /** What is in a namespace, too, and in those inside of it. */
  #all(from, wanted) {
    const to = Object.create(null);
    for (const [name, value] of Object.entries(from)) {
      if (!wanted(name)) continue;
      if (typeof value === "function") put(to, name, this.#wrapped(value));
      else put(to, name, isNamespace(value) ? this.#all(value, () => true) : value);
    }
    return Object.freeze(to);
  }

  #wrapped(f) {
    if (!isClass(f)) return named(this.entry(f), f);
    this.#classOf(f);
    const construct = this.entry((target, args, of) => Reflect.construct(target, args, of));
    const stable = new Proxy(f, {
      construct: (target, args, of) => construct(target, args, of === stable ? target : of),
      get: (target, name, receiver) => {
        const value = Reflect.get(target, name, receiver);
        const own = typeof value === "function" && name !== "prototype" && Object.hasOwn(target, name);
        return own && !String(name).startsWith("__") ? this.#once(value) : value;
      },
    });
    return stable;
  }

  #classOf(f) {
    this.#classes.add(f.prototype);
    this.#methods(f.prototype);
    this.#kind.adopt(this, f);
  }

  #once(f) {
    if (!this.#entries.has(f)) this.#entries.set(f, named(this.entry(f), f));
    return this.#entries.get(f);
  }

  /** In place, for the glue makes objects of the class by itself. */
  #methods(prototype) {
    const forget = prototype.__destroy_into_raw;
    for (const name of Reflect.ownKeys(prototype)) {
      if (name === "constructor") continue;
      const property = Object.getOwnPropertyDescriptor(prototype, name);
      this.#originals.push([prototype, name, { ...property }]);
      for (const part of ["value", "get", "set"]) {
        const f = property[part];
        if (typeof f !== "function") continue;
        if (name === "__destroy_into_raw") property[part] = this.#given(f);
        else property[part] = FREES.has(name) ? this.#free(f, forget) : this.#once(f);
      }
      Object.defineProperty(prototype, name, property);
    }
  }

  /** An object that Rust takes, also one inside an array, where no entry sees it. */
  #given(f) {
    const core = this;
    return function () {
      check(core, this);
      return f.call(this);
    };
  }

  /** What belongs to an instance that is gone went with it. */
  #free(f, forget) {
    const core = this;
    const enter = this.#once(f);
    return function () {
      if (core.closed || (this.__wbg_inst ?? core.id) !== core.id) forget.call(this);
      else enter.call(this);
    };
  }
}

/** Whether nobody gets in. Classes are the same for everybody: while `init` waits, others do, too. */
function barred(core) {
  return core.closed && !(core.opening && !core.broken);
}

/** A call of the host's begins, of a method of `self`. */
function enter(core, self) {
  if (core.terminated && !core.closed) core.fell(core.found());
  if (barred(core)) core.reopen();
  check(core, self);
}

/** Nothing of an older instance is handed to Rust. */
function check(core, value) {
  if (typeof value !== "object" || value === null) return;
  const of = value.__wbg_inst;
  if (of !== undefined && of !== core.id) throw core.staleError("the object", of + core.uncounted);
}

function caught(core, exception, outs) {
  const before = core.broken;
  core.closed = core.broken = true;
  return core.failed(exception, before, outs);
}

/** A call has returned. */
function left(core, result) {
  if (core.after && core.depth === 0 && !core.opening) core.went();
  return typeof result === "object" || typeof result === "function" ? core.gives(result) : result;
}

/** A plain object with a function somewhere; others are values, as enums are. */
function isNamespace(value) {
  if (typeOf(value) !== "Object" || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return false;
  return Object.values(value).some((inner) => typeof inner === "function" || isNamespace(inner));
}

function named(wrapper, f) {
  Object.defineProperty(wrapper, "name", { value: f.name });
  Object.defineProperty(wrapper, "length", { value: f.length });
  return wrapper;
}
