// node pads.mjs MODULE < RUNS > OUTCOMES
//
// As run.mjs, for modules that import `env.host`; a call is [name, argument…].

import { readFileSync } from "node:fs";
import { outcome } from "./outcome.mjs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const runs = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(runs.map(run)));

function run(calls) {
  let exports;
  const swallow = (f) => {
    try {
      f();
    } catch {
      // That is what it is for.
    }
    return 0;
  };
  const actions = {
    0: () => 0,
    1: () => {
      throw new Error("the host's own");
    },
    2: () => exports.ends(100),
    3: () => swallow(() => exports.ends(100)),
    4: () => exports.drops(100),
    5: () => swallow(() => exports.drops(1)),
  };
  ({ exports } = new WebAssembly.Instance(module, { env: { host: (what) => actions[what]() } }));
  return {
    calls: calls.map(([name, ...args]) => outcome(exports, () => exports[name](...args) ?? null)),
    state: exports.__unpoison_state.value,
  };
}
