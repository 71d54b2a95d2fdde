// node recover-chromium.mjs LEDGER: what `hosts/js/test/core.mjs` tells of Chromium.

import { readFileSync } from "node:fs";
import { openPage } from "./chromium-page.mjs";

const [wasm] = process.argv.slice(2);
const package_ = new URL("../../hosts/js/", import.meta.url);
const types = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };

const { page, close } = await openPage();
// No server: the browser asks, the files answer.
await page.route("http://recover.test/**", (route) => {
  const path = new URL(route.request().url()).pathname;
  const contentType = types[path.split(".").pop()];
  if (path === "/page.html") return route.fulfill({ contentType, body: "<!doctype html>" });
  const file = path === "/ledger.wasm" ? wasm : new URL(`.${path}`, package_);
  return route.fulfill({ contentType, body: readFileSync(file) });
});
await page.goto("http://recover.test/page.html");
const told = await page.evaluate(async () => {
  const unpoison = await import("/src/index.js");
  const { tell } = await import("/test/core.mjs");
  // As a page does it: the module and, for a checkpoint, its bytes out of one response.
  await unpoison.recover(fetch("/ledger.wasm"), { env: { host_step() {} } }, { checkpoint: "call" });
  const bytes = await (await fetch("/ledger.wasm")).arrayBuffer();
  return JSON.stringify(await tell(unpoison, await WebAssembly.compile(bytes), bytes));
});
process.stdout.write(told);
await close();
