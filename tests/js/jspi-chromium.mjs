// node jspi-chromium.mjs GLUE WASM > OUTCOMES
//
// `jspi.mjs` in Chromium. See chromium-page.mjs for what it needs.

import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const [script, wasm] = process.argv.slice(2);
const { page, close } = await openFiles({
  [`/${basename(script)}`]: pathToFileURL(script),
  [`/${basename(wasm)}`]: pathToFileURL(wasm),
  "/scenarios.mjs": new URL("jspi-scenarios.mjs", import.meta.url),
});
const outcomes = await page.evaluate(
  async ([script, wasm]) => {
    const uncaught = [];
    addEventListener("error", (event) => uncaught.push(event.error));
    addEventListener("unhandledrejection", (event) => uncaught.push(event.reason));
    const { all } = await import("/scenarios.mjs");
    const module = await WebAssembly.compileStreaming(fetch(wasm));
    const fresh = async (name) => {
      const glue = await import(`${script}?${name}`);
      glue.initSync({ module });
      return glue;
    };
    return all(fresh, () => uncaught.splice(0));
  },
  [`/${basename(script)}`, `/${basename(wasm)}`],
);
process.stdout.write(JSON.stringify(outcomes));
await close();
