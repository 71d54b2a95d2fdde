// 10,000 instances, one after the other. Needs `--expose-gc`.

import assert from "node:assert/strict";
import test from "node:test";
import { recoverSync } from "../src/index.js";
import { Fail, bytesOf, quiet } from "./fixtures.mjs";

const INSTANCES = 10_000;
const KINDS = [Fail.panic, Fail.abort, Fail.alloc, Fail.trap, Fail.stack];

async function held() {
  // Twice: a memory is freed some time after what held it.
  for (let n = 0; n < 2; n++) {
    gc();
    await new Promise((done) => setTimeout(done, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heapUsed, external };
}

for (const checkpoint of [undefined, "call"]) {
  test(`the heap is flat, with checkpoint: ${checkpoint}`, async () => {
    const r = recoverSync(bytesOf("ledger"), quiet, { init: (x) => x.open(10, 100n), checkpoint });
    const samples = [];
    for (let n = 1; n <= INSTANCES; n++) {
      try {
        r.exports.transfer(0, 1, 0n, KINDS[n % KINDS.length]);
      } catch {
        // What it is is for other tests.
      }
      r.exports.sum();
      if (n % (INSTANCES / 10) === 0) samples.push(await held());
    }
    assert.equal(r.generation, INSTANCES + 1);
    for (const what of ["heapUsed", "external"]) {
      const series = samples.map((sample) => sample[what]);
      const grown = series.at(-1) - series[1];
      assert.ok(grown < 400_000, `${what} grew by ${grown}: ${series}`);
    }
  });
}
