// wasm-bindgen's glue, recovered.
//
// How the glue comes by an instance is its kind's: `glue-reset.js`, `glue-bundler.js`.
// What is added here: it gets a fresh one when it has to, entry points throw typed errors,
// and whoever waits for a promise of an instance that failed is told.

import { Core } from "./core.js";
import { caughtPanic } from "./decode.js";
import { StaleError } from "./errors.js";
import { wrapImports } from "./imports.js";
import { RecoveredMemory } from "./memory.js";
import { Pending } from "./pending.js";

/** Imports that call what they are given later, when nobody is there to catch. */
const LATER = /^__wbg_(queueMicrotask|then|finally|setTimeout)_/;
/** The import that makes an error of a panic that wasm-bindgen caught. */
const CAUGHT = /^__wbg___wbindgen_panic_error_/;
/** Methods that give an object back to Rust; called by finalizers, too. */
const FREES = new Set(["free", Symbol.dispose].filter((name) => name !== undefined));

/** By the function, for a namespace may be another object each time. */
const recovered = new WeakSet();

export class BindgenCore extends Core {
  #glue;
  #kind;
  #entries = new WeakMap();
  /** Of the newest instance, opened or not; its objects have it as `__wbg_inst`. */
  id = 0;

  /** @param {import("./glue-reset.js").ResettingGlue | import("./glue-bundler.js").BundlerGlue} kind */
  constructor(glue, kind, options) {
    super(options);
    if (recovered.has(kind.identity)) throw new TypeError("the glue is recovered already");
    recovered.add(kind.identity);
    this.#glue = glue;
    this.#kind = kind;
    this.pending = new Pending();
    this.exports = this.#stable();
    this.view = new RecoveredMemory(this, () => this.memory);
  }

  make() {
    // There are none where a failure was decoded.
    this.pending.fail(this.failure ?? new StaleError("the promise", this.generation, this.generation + 1));
    this.id++;
    return this.#kind.make(this, (imports) => this.#watched(imports));
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

  /** Whether what is of an instance may still be used. */
  current(id) {
    return id === this.id && !this.closed;
  }

  /** The glue knows no other way than at once. */
  async renewLater() {
    this.renew();
  }

  bind() {}

  tell(error) {
    try {
      super.tell(error);
    } finally {
      if (this.closed) this.pending.fail(error);
    }
  }

  /** Closures of Rust's that become functions of the host's are entries, too. */
  #watched(imports) {
    const wrapped = wrapImports(this, imports, this.generation + 1);
    for (const functions of Object.values(wrapped)) {
      for (const [name, f] of Object.entries(functions)) {
        if (typeof f !== "function") continue;
        if (CAUGHT.test(name)) functions[name] = (...args) => this.#panicked(f(...args));
        else if (LATER.test(name)) functions[name] = (...args) => f(...args.map((arg) => this.#quiet(arg)));
        else functions[name] = (...args) => this.#closure(f(...args));
      }
    }
    return wrapped;
  }

  #panicked(cause) {
    if (this.instance === undefined) return cause;
    const error = caughtPanic(this.instance, cause, this);
    this.tell(error);
    return error;
  }

  #closure(value) {
    const unref = typeof value === "function" && value._wbg_cb_unref;
    if (typeof unref !== "function") return value;
    // Not the generation: a start function makes closures before there is one.
    const id = this.id;
    const held = this.#kind.hold(this, value);
    const enter = this.entry(held.call);
    const closure = (...args) => {
      if (id !== this.id || this.dead) throw this.#stale("the closure", id);
      return enter(...args);
    };
    closure._wbg_cb_unref = () => {
      if (id === this.id) held.release();
    };
    held.by?.(closure);
    return closure;
  }

  /** For tasks: the failure has been told to whoever waits. */
  #quiet(value) {
    if (typeof value !== "function" || value._wbg_cb_unref === undefined) return value;
    const id = this.id;
    return (...args) => {
      if (id !== this.id || this.closed) return undefined;
      try {
        return value(...args);
      } catch (e) {
        if (!this.closed) throw e;
        return undefined;
      }
    };
  }

  /** A function of the glue's as the host may call it. */
  entry(f) {
    const { call, bind } = this.wrapper();
    bind((self, args) => {
      this.#check(self);
      for (const arg of args) this.#check(arg);
      const result = f.apply(self, args);
      return result instanceof Promise ? this.pending.watch(result) : result;
    });
    return function (...args) {
      return call(this, args);
    };
  }

  #check(value) {
    if (typeof value !== "object" || value === null) return;
    const of = value.__wbg_inst;
    if (of !== undefined && of !== this.id) throw this.#stale("the object", of);
  }

  #stale(what, generation) {
    return new StaleError(what, generation, this.dead ? this.generation + 1 : this.generation);
  }

  #stable() {
    const exports = {};
    for (const [name, value] of Object.entries(this.#glue)) {
      if (this.#kind.own.has(name)) continue;
      exports[name] = typeof value === "function" ? this.#wrapped(value) : value;
    }
    return Object.freeze(exports);
  }

  #wrapped(f) {
    if (!isClass(f)) return named(this.entry(f), f);
    this.#methods(f.prototype);
    this.#kind.adopt(this, f);
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
      core.#check(this);
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

function isClass(f) {
  return /^class\b/.test(Function.prototype.toString.call(f));
}

function named(wrapper, f) {
  Object.defineProperty(wrapper, "name", { value: f.name });
  Object.defineProperty(wrapper, "length", { value: f.length });
  return wrapper;
}
