// Glue that makes its instances itself, in `__wbg_reset_state`, and knows by then which
// objects and closures are of an older one.

import { decode } from "./decode.js";
import { compiledSync } from "./source.js";
import { memoryIn, typeOf } from "./values.js";

export class ResettingGlue {
  #glue;
  /** What glue that is not initialized is initialized with: it starts one instance less. */
  #module;
  /** What the glue needs for itself. */
  own = new Set(["default", "initSync", "__wbg_reset_state", "__wasm"]);

  constructor(glue, options) {
    this.#glue = glue;
    this.identity = glue.__wbg_reset_state;
    if (options.imports !== undefined) throw new TypeError("`imports` is for glue of the target `bundler`");
    if (options.module !== undefined && typeof glue.initSync !== "function") {
      throw new TypeError("`module` is for glue of the targets `web` and `bundler`");
    }
    // One module, however often the glue is asked.
    if (options.module !== undefined) this.#module = compiledSync(options.module).module;
  }

  make(core, watched) {
    let made;
    this.#reset(core, (module, imports, Instance) => {
      core.of(module);
      made = new Instance(module, watched(imports));
      return made;
    }, () => made);
    return { instance: made, memory: memoryIn(made.exports) };
  }

  /** Twice: once for what the instance is to be made of, once to hand it over. */
  async makeLater(core, watched) {
    let parts;
    const enough = new Error("the instance is made in the background");
    try {
      this.#reset(core, (...given) => {
        parts = given;
        throw enough;
      });
    } catch (e) {
      if (e !== enough) throw e;
    }
    const [module, imports] = parts;
    core.of(module);
    const made = await WebAssembly.instantiate(module, watched(imports));
    return () => {
      core.id++;
      this.#reset(core, () => made, () => made);
      return { instance: made, memory: memoryIn(made.exports) };
    };
  }

  /**
   * The glue takes its instance from `new WebAssembly.Instance`, at once: until it does,
   * that is another constructor. Whoever else calls it is given what he asks for.
   */
  #reset(core, give, made = () => undefined) {
    const { Instance } = WebAssembly;
    const restore = () => {
      if (WebAssembly.Instance === Watched) WebAssembly.Instance = Instance;
    };
    const known = core.module;
    const mine = (module, imports) => (known ? module === known : isGlues(module, imports));
    let asked = false;
    let initializing = this.#module !== undefined;
    function Watched(module, imports) {
      if (!mine(module, imports)) return Reflect.construct(Instance, [module, imports], new.target === Watched ? Instance : new.target);
      restore();
      asked = true;
      // The glue counts its instances when it is reset only.
      if (initializing) {
        core.id--;
        core.uncounted = 1;
      }
      return give(module, imports, Instance);
    }
    Watched.prototype = Instance.prototype;
    WebAssembly.Instance = Watched;
    try {
      if (initializing) this.#glue.initSync({ module: this.#module });
      initializing = false;
      // Glue that is initialized has answered with what it has.
      if (!asked) this.#glue.__wbg_reset_state();
    } catch (e) {
      // The glue starts the instance, too.
      throw made() === undefined ? e : decode(made(), e, { module: core.module, sites: core.sites });
    } finally {
      restore();
    }
    if (made() === undefined) throw new TypeError("the glue made no instance");
  }

  adopt() {}

  /** The glue has done it. */
  mark() {}

  /** The glue's own finalizers know the instance. */
  hold(_core, closure) {
    return { call: closure, release: closure._wbg_cb_unref };
  }
}

/** Whether it is a module of wasm-bindgen's that unpoison linked, with imports of its glue's. */
function isGlues(module, imports) {
  if (typeOf(module) !== "WebAssembly.Module") throw new TypeError("the glue has no module yet: initialize it first");
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (!exports.includes("__wbindgen_start")) return false;
  if (!exports.includes("__unpoison_state")) {
    throw new TypeError("the module does not export `__unpoison_state`: it was not linked by unpoison");
  }
  const from = new Set(WebAssembly.Module.imports(module).map((one) => one.module));
  return [...from].every((name) => imports?.[name] !== undefined);
}
