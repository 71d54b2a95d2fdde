// node chromium.mjs GLUE WASM KIND… > OUTCOMES
//
// See ../chromium.mjs for what it needs.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { chromium } from "playwright-core";

const [script, wasm, ...kinds] = process.argv.slice(2);
const origin = "http://unpoison.test";
const types = { mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm" };

const executablePath = process.env.UNPOISON_CHROMIUM ?? "/usr/bin/chromium";
// Without a sandbox: containers that run tests have no user namespaces.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();

// Nothing goes to the network.
await page.route(`${origin}/**`, (route) => {
  const name = basename(new URL(route.request().url()).pathname);
  if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
  const own = { [basename(script)]: script, [basename(wasm)]: wasm };
  const body = readFileSync(own[name] ?? new URL(name, import.meta.url));
  return route.fulfill({ contentType: types[name.split(".").pop()], body });
});
await page.goto(`${origin}/`);

const outcomes = await page.evaluate(
  async ([script, wasm, kinds]) => {
    const uncaught = [];
    addEventListener("error", (event) => uncaught.push(event.error));
    addEventListener("unhandledrejection", (event) => uncaught.push(event.reason));
    const { run } = await import("/scenarios.mjs");
    const module = await WebAssembly.compileStreaming(fetch(`/${wasm}`));
    const fresh = async (name) => {
      const glue = await import(`/${script}?${name}`);
      await glue.default({ module_or_path: module });
      return glue;
    };
    return run(fresh, () => uncaught.splice(0), kinds);
  },
  [basename(script), basename(wasm), kinds],
);
process.stdout.write(outcomes);
await browser.close();
