// node chromium.mjs: trees in Chromium (see lines.mjs), in one page.

import { readFileSync } from "node:fs";
import { openPage } from "./chromium-page.mjs";
import { serve } from "./lines.mjs";

const { page, close } = await openPage();
const host = readFileSync(new URL("tree-host.mjs", import.meta.url), "utf8");

await page.evaluate(async (source) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  globalThis.host = await import(url);
}, host);

await serve(async (path) => {
  const bytes = readFileSync(path).toString("base64");
  const module = await page.evaluateHandle(async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return WebAssembly.compile(bytes);
  }, bytes);
  return (tree) => page.evaluate(([module, tree]) => host.runTree(module, tree), [module, tree]);
});

await close();
