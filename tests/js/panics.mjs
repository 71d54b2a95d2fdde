// node panics.mjs MODULE PANICS: how long a panic takes that leaves the fixture `unwind`
// and is caught, and a call that goes well, in nanoseconds, as JSON:
// {"panic": …, "deep": the same through 20 frames, "call": …}

import { readFileSync } from "node:fs";

const [path, number] = process.argv.slice(2);
const panics = Number(number);
const module = new WebAssembly.Module(readFileSync(path));
const { exports } = new WebAssembly.Instance(module, { env: { host: () => 0 } });

function perCall(calls, call) {
  let best = Infinity;
  // The first rounds are for the engine to compile everything.
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let n = 0; n < calls; n++) call(n);
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / calls;
}

function caught(depth) {
  return (n) => {
    try {
      exports.frames(depth, 0, n);
    } catch {
      return;
    }
    throw new Error("no panic");
  };
}

const answer = {
  panic: perCall(panics, caught(0)),
  deep: perCall(panics, caught(20)),
  call: perCall(panics * 100, (n) => exports.add(n, 1)),
};
process.stdout.write(JSON.stringify(answer));
