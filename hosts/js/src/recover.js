// One module, a fresh instance whenever one has failed.

import { checkpointFor } from "./checkpoint.js";
import { RAW, checkOptions } from "./options.js";
import { RawCore } from "./raw.js";
import { Recovered } from "./recovered.js";
import { bytesOf, compiled, compiledSync } from "./source.js";

const NEEDED = ["__unpoison_state", "__unpoison_report"];

/** See `index.d.ts`. */
export async function recover(source, imports = {}, options = {}) {
  checkOptions(options, RAW);
  const core = coreOf(await compiled(source, options.checkpoint !== undefined), imports, options);
  await core.renewLater();
  return new Recovered(core);
}

/** See `index.d.ts`. */
export function recoverSync(source, imports = {}, options = {}) {
  checkOptions(options, RAW);
  const core = coreOf(compiledSync(source), imports, options);
  core.renew();
  return new Recovered(core);
}

function coreOf({ module, bytes }, imports, options) {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const missing = NEEDED.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new TypeError(`the module does not export \`${missing}\`: it was not linked by unpoison`);
  }
  const read = bytes ?? (options.bytes && bytesOf(options.bytes));
  return new RawCore(module, imports, options, checkpointFor(module, read, options));
}
