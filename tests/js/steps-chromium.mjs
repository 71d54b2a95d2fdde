// node steps-chromium.mjs MODULE RUNS: what `steps.mjs` sees in Chromium.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const [file, runs] = process.argv.slice(2);
const { page, close } = await openFiles({
  "/module.wasm": pathToFileURL(file),
  "/runs.json": pathToFileURL(runs),
  "/steps.mjs": new URL("steps.mjs", import.meta.url),
});
const told = await page.evaluate(async () => {
  const { walk } = await import("/steps.mjs");
  const runs = await (await fetch("/runs.json")).json();
  return JSON.stringify(walk(await WebAssembly.compileStreaming(fetch("/module.wasm")), runs));
});
process.stdout.write(told);
await close();
