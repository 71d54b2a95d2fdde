// wasm-bindgen's glue, and a fresh instance for it whenever one has failed.

import { BindgenCore } from "./bindgen.js";
import { tooLarge } from "./core.js";
import { BundlerGlue } from "./glue-bundler.js";
import { ResettingGlue } from "./glue-reset.js";
import { BINDGEN, checkOptions } from "./options.js";
import { Recovered } from "./recovered.js";

/** See `index.d.ts`. */
export function recoverBindgen(glue, options = {}) {
  if (options.checkpoint !== undefined) {
    throw new TypeError("a checkpoint would leave out the objects that the glue keeps for Rust");
  }
  checkOptions(options, BINDGEN);
  const core = new BindgenCore(glue, (old) => kindOf(glue, options, old), options);
  try {
    core.renew();
  } catch (e) {
    // `ready()` waits for it.
    if (!tooLarge(e)) throw e;
    core.inBackground();
  }
  return new Recovered(core);
}

function kindOf(glue, options, old) {
  if (typeof glue.__wbg_reset_state === "function") return new ResettingGlue(glue, options);
  if (typeof glue.__wbg_set_wasm !== "function") {
    throw new TypeError(
      "the glue has no `__wbg_reset_state`: run wasm-bindgen with `--experimental-reset-state-function`",
    );
  }
  if (options.module === undefined) {
    throw new TypeError("glue of the target `bundler` makes no instances: give `module`, compiled or its bytes");
  }
  return new BundlerGlue(glue, options, old);
}
