// Glue that makes its instances itself, in `__wbg_reset_state`, and knows by then which
// objects and closures are of an older one.

import { decode } from "./decode.js";

export class ResettingGlue {
  #glue;
  /** What the glue needs for itself. */
  own = new Set(["default", "initSync", "__wbg_reset_state", "__wasm"]);

  constructor(glue) {
    this.#glue = glue;
    this.identity = glue.__wbg_reset_state;
  }

  /**
   * The glue takes the instance from `new WebAssembly.Instance`, at once: for that long
   * it is another constructor, which knows what is made and of what.
   */
  make(core, watched) {
    const { Instance } = WebAssembly;
    let made;
    WebAssembly.Instance = function (module, imports) {
      core.of(module);
      made = new Instance(module, watched(imports));
      return made;
    };
    try {
      this.#glue.__wbg_reset_state();
    } catch (e) {
      // The glue starts the instance, too.
      throw made === undefined ? e : decode(made, e, core);
    } finally {
      WebAssembly.Instance = Instance;
    }
    return made;
  }

  adopt() {}

  /** The glue's own finalizers know the instance. */
  hold(_core, closure) {
    return { call: closure, release: closure._wbg_cb_unref };
  }
}
