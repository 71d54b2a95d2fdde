// node bindgen-chromium.mjs FIXTURES: what `hosts/js/test/bindgen-core.mjs` tells of
// Chromium, by wasm-bindgen's targets.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const { page, close } = await openFiles({
  "/package/": new URL("../../hosts/js/", import.meta.url),
  "/fixtures/": pathToFileURL(`${process.argv[2]}/`),
});
const told = await page.evaluate(async () => {
  const uncaught = [];
  addEventListener("error", (event) => uncaught.push(`${event.error}`));
  addEventListener("unhandledrejection", (event) => uncaught.push(`${event.reason}`));
  const unpoison = await import("/package/src/index.js");
  const { tell } = await import("/package/test/bindgen-core.mjs");
  const web = async () => {
    const glue = await import("/fixtures/web/bindgen.js");
    await glue.default({ module_or_path: "/fixtures/web/bindgen_bg.wasm" });
    return [glue];
  };
  const bundler = async () => {
    const module = await WebAssembly.compileStreaming(fetch("/fixtures/bundler/bindgen_bg.wasm"));
    return [await import("/fixtures/bundler/bindgen_bg.js"), { module }];
  };
  const told = [...(await tell(unpoison, web)), ...(await tell(unpoison, bundler))];
  return JSON.stringify([...told, ...uncaught]);
});
process.stdout.write(told);
await close();
