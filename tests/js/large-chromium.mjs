// node large-chromium.mjs LEDGER: a module of more than 8 MB on the main thread of a page of
// Chromium's, as JSON: what a call says after each failure, with and without a pause.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const { page, close } = await openFiles({
  "/package/": new URL("../../hosts/js/", import.meta.url),
  "/ledger.wasm": pathToFileURL(process.argv[2]),
});
const told = await page.evaluate(async () => {
  const { recover } = await import("/package/src/index.js");
  const module = new Uint8Array(await (await fetch("/ledger.wasm")).arrayBuffer());
  // A custom section without a name, of 9 MB.
  const size = 9 << 20;
  const header = [0, (size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, ((size >> 14) & 0x7f) | 0x80, size >> 21];
  const bytes = new Uint8Array(module.length + header.length + size);
  bytes.set(module);
  bytes.set(header, module.length);
  const pause = () => new Promise((done) => setTimeout(done, 100));
  const outcome = (f) => {
    try {
      return `${f()}`;
    } catch (e) {
      return e.name;
    }
  };
  const told = [];
  try {
    new WebAssembly.Instance(await WebAssembly.compile(bytes), { env: { host_step() {} } });
  } catch (e) {
    told.push(e.name);
  }
  const r = await recover(bytes, { env: { host_step: (n) => n } }, { init: (x) => x.open(10, 100n) });
  for (let n = 0; n < 3; n++) {
    told.push(outcome(() => r.exports.transfer(0, 1, 1n, 2)), outcome(() => r.exports.sum()));
    await pause();
    told.push(outcome(() => r.exports.sum()), r.generation);
  }
  // Nobody asks in between.
  told.push(outcome(() => r.exports.transfer(0, 1, 1n, 2)));
  await pause();
  told.push(outcome(() => r.exports.sum()), r.generation);
  return JSON.stringify(told);
});
process.stdout.write(told);
await close();
