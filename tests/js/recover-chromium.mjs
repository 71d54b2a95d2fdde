// node recover-chromium.mjs LEDGER: what `hosts/js/test/core.mjs` tells of Chromium.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const { page, close } = await openFiles({
  "/package/": new URL("../../hosts/js/", import.meta.url),
  "/ledger.wasm": pathToFileURL(process.argv[2]),
});
const told = await page.evaluate(async () => {
  const unpoison = await import("/package/src/index.js");
  const { tell } = await import("/package/test/core.mjs");
  // As a page does it: the module and, for a checkpoint, its bytes out of one response.
  await unpoison.recover(fetch("/ledger.wasm"), { env: { host_step() {} } }, { checkpoint: "call" });
  const bytes = await (await fetch("/ledger.wasm")).arrayBuffer();
  return JSON.stringify(await tell(unpoison, await WebAssembly.compile(bytes), bytes));
});
process.stdout.write(told);
await close();
