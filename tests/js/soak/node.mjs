// node --expose-gc node.mjs LEDGER fresh|checkpoint|unwind REQUESTS: asks the module by
// `recover`, one request after the other; prints figures as JSON.

import { readFileSync } from "node:fs";
import * as unpoison from "../../../hosts/js/src/index.js";
import { ACCOUNTS, Figures, MONEY, Model, ask, requests } from "./model.mjs";

const [file, mode, number] = process.argv.slice(2);
const count = Number(number);
const model = new Model(mode);
const figures = new Figures(count);
const start = performance.now();
const ledger = await unpoison.recover(readFileSync(file), { env: { host_step: (n) => n } }, {
  init: (exports) => exports.open(ACCOUNTS, MONEY),
  checkpoint: mode === "checkpoint" ? "call" : undefined,
});

for (const request of requests(count)) {
  const expected = model.answer(request);
  const before = performance.now();
  const answer = ask(ledger, unpoison, request);
  figures.count(request, answer, expected, (performance.now() - before) * 1e3);
  if (figures.requests === Math.ceil(count / 10)) figures.resident.push(await resident());
}
const seconds = (performance.now() - start) / 1e3;
figures.resident.push(await resident());
// The newest instance may have failed; none takes its place before the next call.
if (ledger.generation !== model.generation) {
  figures.wrong++;
  figures.examples.push(`${ledger.generation} instances instead of ${model.generation}`);
}
process.stdout.write(figures.json(ledger.generation, seconds));

async function resident() {
  // Twice: a memory is freed some time after what held it. The last resort, because the engine
  // keeps room for young objects otherwise, up to 50 MB, when it once had use for it.
  for (let n = 0; n < 2; n++) {
    gc({ type: "major", flavor: "last-resort" });
    await new Promise((done) => setTimeout(done, 50));
  }
  return process.memoryUsage().rss;
}
