// node bundled.mjs LINES:DIR… > SAID
//
// What the page in each folder says to the console, as JSON: a list of lines for each. It
// ends when it has said as many LINES, or has had twenty seconds for them. What goes wrong in it is
// said, too.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { css: "text/css", html: "text/html", js: "text/javascript", wasm: "application/wasm" };

const executablePath = process.env.UNPOISON_CHROMIUM ?? "/usr/bin/chromium";
// Without a sandbox: containers that run tests have no user namespaces.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function said(dir, wanted) {
  // Not the last page's storage and caches.
  const context = await browser.newContext();
  const page = await context.newPage();
  const lines = [];
  let enough;
  const end = new Promise((resolve) => (enough = resolve));
  const say = (line) => lines.push(line) >= wanted && enough();
  page.on("console", (message) => say(message.text()));
  page.on("pageerror", (e) => say(`uncaught: ${e}`));
  await page.route("http://unpoison.test/**", (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === "/favicon.ico") return route.fulfill({ status: 204 });
    try {
      const file = path === "/" ? "index.html" : path.slice(1);
      const body = readFileSync(join(dir, file));
      return route.fulfill({ contentType: TYPES[file.split(".").pop()], body });
    } catch (e) {
      say(`${e}`);
      return route.fulfill({ status: 404 });
    }
  });
  await page.goto("http://unpoison.test/");
  const limit = setTimeout(enough, 20_000);
  await end;
  clearTimeout(limit);
  await context.close();
  return lines;
}

const pages = process.argv.slice(2).map((word) => word.split(":"));
const all = [];
for (const [lines, ...dir] of pages) all.push(await said(dir.join(":"), Number(lines)));
process.stdout.write(JSON.stringify(all));
await browser.close();
