// The fixture `bindgen`, made to fail, behind wasm-bindgen's glue.
//   node rehearse-bindgen.mjs DIR
// Prints what 200 calls end with, each that fails as name, message and file, and how many
// instances there were.

import { createRequire } from "node:module";
import { join } from "node:path";
import { recoverBindgen } from "../../hosts/js/src/index.js";

globalThis.host = {};
const glue = createRequire(import.meta.url)(join(process.argv[2], "bindgen.js"));
const made = recoverBindgen(glue, { rehearse: { seed: 1, rate: 0.1 } });
const ended = {};
for (let n = 0; n < 200; n++) {
  let what;
  try {
    const counter = new made.exports.Counter(n % 50, "a label");
    const value = counter.add_or_panic(1);
    what = value === n % 50 + 1 ? "right" : `wrong: ${value}`;
  } catch (e) {
    what = `${e.name}: ${e.message}, ${e.file}`;
  }
  ended[what] = (ended[what] ?? 0) + 1;
}
// The last one may have failed, too: then this needs a fresh instance.
made.exports.steps_address();
console.log(JSON.stringify({ ended, generation: made.generation }));
