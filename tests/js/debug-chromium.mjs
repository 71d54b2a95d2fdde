// node debug-chromium.mjs DIR NAME > JSON: where Chromium would look for the debug information of
// a module, as it tells its tools for developers.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const [dir, name] = process.argv.slice(2);
const { page, close } = await openFiles({ "/pkg/": pathToFileURL(`${dir}/`) });
const session = await page.context().newCDPSession(page);
const seen = new Promise((resolve) => {
  session.on("Debugger.scriptParsed", (script) => {
    if (script.scriptLanguage === "WebAssembly") resolve(script.debugSymbols);
  });
});
await session.send("Debugger.enable");
await page.evaluate(
  (name) => WebAssembly.instantiateStreaming(fetch(`/pkg/${name}.wasm`)).then(() => undefined),
  name,
);
process.stdout.write(JSON.stringify(await seen));
await close();
