// A page in a Chromium of its own. Needs the npm package `playwright-core` and a
// Chromium: `UNPOISON_CHROMIUM`, or Debian's package `chromium`.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };

export async function openPage() {
  const executablePath = process.env.UNPOISON_CHROMIUM ?? "/usr/bin/chromium";
  // Without a sandbox: containers that run tests have no user namespaces.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return { page: await browser.newPage(), close: () => browser.close() };
}

/**
 * The same, on a site of files: `places` says what lies where, as URLs of files or of
 * folders. There is no server: the browser asks, the files answer.
 */
export async function openFiles(places) {
  const opened = await openPage();
  await opened.page.route("http://unpoison.test/**", (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === "/") return route.fulfill({ contentType: TYPES.html, body: "<!doctype html>" });
    const place = Object.keys(places).find((place) => path.startsWith(place));
    if (place === undefined) return route.fulfill({ status: 404 });
    const rest = path.slice(place.length);
    const body = readFileSync(rest === "" ? places[place] : new URL(rest, places[place]));
    return route.fulfill({ contentType: TYPES[path.split(".").pop()], body });
  });
  await opened.page.goto("http://unpoison.test/");
  return opened;
}
