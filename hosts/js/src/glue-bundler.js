// Glue of the target `bundler`, which is given its instance by `__wbg_set_wasm` and
// believes that there is never another one.
//
// What it keeps from one instance to the next, and why none of it is mixed up:
// - Views of the memory are made anew once they are detached. The old memory is detached
//   before the glue sees the new instance.
// - A pointer in an object: objects are told by `__wbg_inst`, as in glue that can reset.
// - What finalizers are given, which is a pointer. The glue reads it from the object, where
//   it finds a `Handle` the first time: that knows of which instance it is. Of classes that
//   extend each other: `kin.js`.
// - Closures that wait for their finalizer. They are kept alive and given back by a
//   finalizer of this file's, or else when their instance goes. One that failed at that
//   is kept for ever.

import { decode } from "./decode.js";
import { sharedImports } from "./imports.js";
import { Kin } from "./kin.js";
import { compiledSync } from "./source.js";
import { given as property, memoryIn } from "./values.js";
import { wraps } from "./wraps.js";

/** How the glue's finalizers call Rust; getters and setters may be named alike. */
const FREE = /^__wbg_(?!get_|set_).*_free$/;

/** In the place of a pointer, which it becomes where WebAssembly wants a number. */
class Handle {
  constructor(pointer, id) {
    this.pointer = pointer;
    this.id = id;
  }

  valueOf() {
    return this.pointer;
  }
}

/** For closures of an instance that is gone: giving them back does nothing. */
const NOTHING = new Proxy({}, { get: () => () => 0 });

export class BundlerGlue {
  #glue;
  #module;
  #imports;
  /** The memory of the newest instance, opened or not. */
  #memory;
  #made;
  /** The closures of the current instance. */
  #closures = new Set();
  /** Those that failed while they were given back: the glue's finalizers are never to see them. */
  #stuck = [];
  #forgotten;
  /** Objects of classes that extend each other. */
  #kin = new Kin();
  /** Prototypes of classes that the glue does not export. */
  #private = new Set();
  own;

  /** @param {BundlerGlue | undefined} old the same glue, recovered before */
  constructor(glue, options, old) {
    this.#glue = glue;
    this.identity = glue.__wbg_set_wasm;
    this.#module = compiledSync(options.module).module;
    const shared = sharedImports(this.#module).find(({ kind }) => kind === "memory");
    if (shared !== undefined) throw new TypeError("the module imports its memory, which instances would share");
    this.#imports = importsOf(this.#module, glue, options.imports);
    const names = WebAssembly.Module.imports(this.#module).map(({ name }) => name);
    this.own = new Set(["__wbg_set_wasm", ...names]);
    if (old !== undefined) {
      this.#memory = old.#memory;
      this.#closures = old.#closures;
      this.#stuck = old.#stuck;
      this.#private = old.#private;
    } else if (started(glue)) {
      throw new TypeError("the glue has an instance already: import `NAME_bg.js` alone, and not `NAME.js`");
    }
    // Where there are none, the glue has none either.
    if (typeof FinalizationRegistry === "function") {
      this.#forgotten = new FinalizationRegistry((release) => release());
    }
  }

  /**
   * Shows an object of each class that Rust hands to JavaScript by an import: some classes are
   * private to the glue. Without an instance and a pointer it is of no use to anybody.
   */
  foresee(met) {
    for (const prototype of this.#private) met(Object.create(prototype));
    if (this.#memory !== undefined) return;
    for (const f of Object.values(this.#imports).flatMap((functions) => Object.values(functions))) {
      if (!wraps(f)) continue;
      try {
        met(f(0));
      } catch {
        // Then the first object shows it.
      }
    }
  }

  make(core, watched) {
    core.of(this.#module);
    return this.#start(core, new WebAssembly.Instance(this.#module, watched(this.#imports)));
  }

  async makeLater(core, watched) {
    core.of(this.#module);
    const made = await WebAssembly.instantiate(this.#module, watched(this.#imports));
    return () => this.#start(core, made);
  }

  #start(core, made) {
    const old = this.#closures;
    this.#closures = new Set();
    this.#kin.clear();
    // The start function may read strings already.
    this.#memory?.grow(0);
    this.#memory = memoryIn(made.exports);
    this.#made = made;
    this.#glue.__wbg_set_wasm(NOTHING);
    for (const held of old) {
      if (held.given) this.#stuck.push(held);
      else held.unref();
    }
    old.clear();
    this.#glue.__wbg_set_wasm(this.#guarded(core, made.exports));
    try {
      made.exports.__wbindgen_start?.();
    } catch (e) {
      throw decode(made, e, { module: core.module, sites: core.sites });
    }
    return { instance: made, memory: this.#memory };
  }

  /** A finalizer frees what is of this instance, and nothing else. */
  #guarded(core, exports) {
    const guarded = { ...exports };
    for (const [name, f] of Object.entries(exports)) {
      if (!FREE.test(name)) continue;
      const enter = core.entry(f);
      guarded[name] = (pointer, late) => {
        if (pointer instanceof Handle) {
          if (core.current(pointer.id)) enter(pointer.pointer, late);
        } else if (late !== 1) {
          f(pointer, late);
        } else if (this.#kin.frees(pointer)) {
          enter(pointer, late);
        }
        // Any other plain pointer of a finalizer's could be anybody's.
      };
    }
    return guarded;
  }

  /** Objects of a class say of which instance they are, and so do their finalizers. */
  adopt(core, f) {
    const { prototype } = f;
    if (prototype.__destroy_into_raw === undefined) return;
    if (this.#kin.adopt(core, f)) return;
    const handles = new WeakMap();
    Object.defineProperty(prototype, "__wbg_ptr", {
      configurable: true,
      set(pointer) {
        const id = core.id;
        handles.set(this, new Handle(pointer, id));
        Object.defineProperty(this, "__wbg_inst", { value: id, configurable: true });
      },
      // The first to read it is who registers the object. From then on it is a number.
      get() {
        const handle = handles.get(this);
        if (handle === undefined) return undefined;
        handles.delete(this);
        const value = handle.pointer;
        Object.defineProperty(this, "__wbg_ptr", { value, writable: true, enumerable: true, configurable: true });
        return handle;
      },
    });
  }

  /** An object that was there before its class was adopted: it is of this instance. */
  mark(core, object) {
    this.#private.add(Object.getPrototypeOf(object));
    if (object.__wbg_inst === undefined) Object.defineProperty(object, "__wbg_inst", { value: core.id, configurable: true });
  }

  /** Keeps a closure of the glue's alive until the glue has forgotten it. */
  hold(core, closure) {
    const { id } = core;
    const all = this.#closures;
    const held = { unref: closure._wbg_cb_unref, given: false };
    all.add(held);
    let inside = 0;
    const settle = () => {
      if (held.given && inside === 0) all.delete(held);
    };
    const release = () => {
      if (held.given) return;
      held.given = true;
      held.unref();
      settle();
    };
    const call = (...args) => {
      let returned = false;
      inside++;
      try {
        const result = closure(...args);
        returned = true;
        return result;
      } finally {
        inside--;
        if (returned || this.#intact) settle();
      }
    };
    const by = (wrapper) => {
      const enter = core.entry(release);
      this.#forgotten?.register(wrapper, () => core.current(id) && enter(), held);
    };
    return {
      call,
      by,
      release: () => {
        this.#forgotten?.unregister(held);
        release();
      },
    };
  }

  get #intact() {
    return this.#made?.exports.__unpoison_state.value === 0;
  }
}

function importsOf(module, glue, given) {
  const imports = Object.create(null);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const of = property(given, from) ?? (/_bg\.js$/.test(from) ? glue : undefined);
    const value = property(of, name);
    if (value === undefined) throw new TypeError(`the module imports ${name} from "${from}": give it in \`imports\``);
    imports[from] ??= Object.create(null);
    imports[from][name] = value;
  }
  return imports;
}

/** It runs only where there is an instance, and changes nothing there. */
function started(glue) {
  try {
    glue.__wbindgen_init_externref_table();
    return true;
  } catch {
    return false;
  }
}
