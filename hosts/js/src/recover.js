// One module, a fresh instance whenever one has failed.

import { BindgenCore } from "./bindgen.js";
import { checkpointFor } from "./checkpoint.js";
import { BundlerGlue } from "./glue-bundler.js";
import { ResettingGlue } from "./glue-reset.js";
import { RawCore } from "./raw.js";
import { bytesOf, compiled, compiledSync } from "./source.js";

const POLICIES = ["reinit", "seal", "throw"];
const NEEDED = ["__unpoison_state", "__unpoison_report"];

/** See `index.d.ts`. */
export async function recover(source, imports = {}, options = {}) {
  const { module, bytes } = await compiled(source, options.checkpoint !== undefined);
  const core = coreOf(module, bytes, imports, options);
  await core.renewLater();
  return new Recovered(core);
}

/** See `index.d.ts`. */
export function recoverSync(source, imports = {}, options = {}) {
  const { module, bytes } = compiledSync(source);
  const core = coreOf(module, bytes, imports, options);
  core.renew();
  return new Recovered(core);
}

/** See `index.d.ts`. */
export function recoverBindgen(glue, options = {}) {
  if (options.checkpoint !== undefined) {
    throw new TypeError("a checkpoint would leave out the objects that the glue keeps for Rust");
  }
  checkPolicy(options);
  const core = new BindgenCore(glue, kindOf(glue, options), options);
  core.renew();
  return new Recovered(core);
}

function kindOf(glue, options) {
  if (typeof glue.__wbg_reset_state === "function") return new ResettingGlue(glue);
  if (typeof glue.__wbg_set_wasm !== "function") {
    throw new TypeError(
      "the glue has no `__wbg_reset_state`: run wasm-bindgen with `--experimental-reset-state-function`",
    );
  }
  if (options.module === undefined) {
    throw new TypeError("glue of the target `bundler` makes no instances: give `module`, compiled or its bytes");
  }
  return new BundlerGlue(glue, options);
}

function coreOf(module, bytes, imports, options) {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const missing = NEEDED.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new TypeError(`the module does not export \`${missing}\`: it was not linked by unpoison`);
  }
  checkPolicy(options);
  const read = bytes ?? (options.bytes && bytesOf(options.bytes));
  return new RawCore(module, imports, options, checkpointFor(module, read, options));
}

function checkPolicy({ policy = "reinit" }) {
  if (POLICIES.includes(policy)) return;
  throw new TypeError(`policy: ${POLICIES.map((name) => `"${name}"`).join(" or ")}, not ${policy}`);
}

class Recovered {
  #core;

  constructor(core) {
    this.#core = core;
    this.exports = core.exports;
    this.module = core.module;
  }

  get generation() {
    return this.#core.generation;
  }

  get instance() {
    return this.#core.instance;
  }

  get failure() {
    const core = this.#core;
    if (!core.closed) return undefined;
    return core.refusal().failure;
  }

  get memory() {
    return this.#core.view;
  }

  checkpoint() {
    const core = this.#core;
    if (core.checkpoint === undefined) throw new TypeError("checkpoints were not asked for (option `checkpoint`)");
    if (core.depth > 0) throw new TypeError("no checkpoint can be taken while a call is in flight");
    core.live();
    core.checkpoint.take(core.memory);
  }

  reinit() {
    this.#core.again();
  }

  async ready() {
    await this.#core.ready();
  }
}
