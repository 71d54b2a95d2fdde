// The fixture `rehearsed`, which fails when its host says so: what calls end with, alone and
// through the package.
//   node rehearse.mjs MODULE < {"unwinds": true}

import { readFileSync } from "node:fs";
import { recoverSync } from "../../hosts/js/src/index.js";
import { outcome } from "./outcome.mjs";

const CALLS = 300;
const RATE = 0.02;
const bytes = readFileSync(process.argv[2]);
const module = new WebAssembly.Module(bytes);
const { unwinds } = JSON.parse(readFileSync(0, "utf8"));

const order = (n) => [n % 5, n % 7];
const price = (n) => (n % 5 + 3) * (n % 7);

function instance(seed, rate) {
  const { exports } = new WebAssembly.Instance(module);
  exports.open(5, 1_000_000);
  exports.__unpoison_rehearse?.(seed, rate * 1e6);
  return exports;
}

/** What fails of so many calls, and where; of a module that a panic ends, a fresh instance goes on. */
function failures(seed, rate = RATE) {
  const found = [];
  let exports = instance(seed, rate);
  let sold = 0;
  for (let n = 0; n < CALLS; n++) {
    const seen = outcome(exports, () => exports.sell(...order(n)));
    if (seen.ok === price(n)) {
      sold += n % 7;
      continue;
    }
    found.push({ call: n, ...seen });
    if (unwinds) continue;
    const refused = outcome(exports, () => exports.sell(...order(n)));
    if (refused.exception?.tag !== "__unpoison_sealed") throw new Error(`not sealed: ${JSON.stringify(refused)}`);
    exports = instance(seed + n, rate);
    sold = 0;
  }
  exports.__unpoison_rehearse?.(0, 0);
  const state = { sold: exports.sold() - sold, orders: exports.orders(), state: exports.__unpoison_state?.value };
  if (unwinds) state.undropped = CALLS - exports.dropped();
  return { found, state };
}

/** Through the package: every call that does not fail has the right answer, and counts. */
function recovered(checkpoint) {
  const failed = new Set();
  const init = (exports) => exports.open(5, 1_000_000);
  const shop = recoverSync(bytes, {}, { init, checkpoint, rehearse: { seed: 1, rate: 0.01 } });
  let [right, sold] = [0, 0];
  for (let n = 0; n < 2000; n++) {
    try {
      if (shop.exports.sell(...order(n)) !== price(n)) throw new Error(`call ${n}: a wrong price`);
      right++;
      sold += n % 7;
    } catch (e) {
      if (e.name !== "PanicError") throw e;
      failed.add(`${e.message} at ${e.file}:${e.line}`);
    }
  }
  const { generation, panics } = shop.stats();
  // The host says when it is over, to the instance of the moment.
  shop.instance.exports.__unpoison_rehearse(0, 0);
  return { right, panics, generation, failed: [...failed].sort(), sold: shop.exports.sold() - sold };
}

const rehearsed = WebAssembly.Module.exports(module).some(({ name }) => name === "__unpoison_rehearse");
const said = { off: failures(1, 0), rehearsed };
if (rehearsed) {
  said.first = failures(1);
  said.again = failures(1);
  said.other = failures(2);
  said.all = failures(3, 1);
  said.recovered = recovered("call");
  said.kept = recovered(undefined);
}
console.log(JSON.stringify(said));
