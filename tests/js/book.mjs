// node book.mjs FOLDER QUERIES: opens each page of the book in Chromium, and types each of the
// queries (a JSON list) into its search. Tells as JSON which links and pictures lead nowhere,
// what the pages complain of, and what was found, the best first.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openPage } from "./chromium-page.mjs";

const [folder, queries] = [process.argv[2], JSON.parse(process.argv[3])];
const site = "http://unpoison.test/";
const address = (file) => `${site}${file}`;
const files = readdirSync(folder).filter((file) => file.endsWith(".html") && file !== "404.html");
const { page, close } = await openPage();
// There is no server: the browser asks, the files answer.
await page.route(`${site}**`, (route) => {
  const { pathname } = new URL(route.request().url());
  return route.fulfill({ path: join(folder, decodeURIComponent(pathname)) });
});
const faults = [];
// A heading whose id is that of a global (`exports`) breaks mdBook's own scripts, for one.
page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
page.on("requestfailed", (request) => {
  // An icon may still be on its way when the next page is opened.
  const { errorText } = request.failure();
  if (errorText !== "net::ERR_ABORTED") faults.push(`${page.url()}: ${request.url()}: ${errorText}`);
});

const ids = new Map();
const links = [];
for (const file of files) {
  await page.goto(address(file));
  const seen = await page.evaluate(() => ({
    ids: Array.from(document.querySelectorAll("[id]"), ({ id }) => id),
    links: Array.from(document.querySelectorAll("a[href]"), ({ href }) => href),
    empty: Array.from(document.querySelectorAll("main img"))
      .filter((image) => image.naturalWidth === 0 || !image.alt)
      .map(({ src }) => src),
    wide: document.documentElement.scrollWidth > innerWidth,
  }));
  ids.set(address(file), new Set(seen.ids));
  for (const link of seen.links) if (link.startsWith(site)) links.push([file, link]);
  for (const picture of seen.empty) faults.push(`${file}: ${picture} is not seen, or says nothing`);
  if (seen.wide) faults.push(`${file} is wider than the window`);
}
for (const [file, link] of links) {
  const [target, anchor] = link.split("#");
  const known = ids.get(target);
  if (!known) faults.push(`${file}: ${link}: no such page`);
  else if (anchor && !known.has(decodeURIComponent(anchor))) faults.push(`${file}: ${link}: no such heading`);
}

const found = [];
await page.goto(address("index.html"));
await page.keyboard.press("s");
await page.waitForFunction(() => !document.querySelector("#mdbook-searchbar-outer.searching"));
for (const query of queries) {
  await page.fill("#mdbook-searchbar", query);
  await page.press("#mdbook-searchbar", "End");
  await page.waitForFunction(
    (query) => document.getElementById("mdbook-searchresults-header").textContent.includes(query),
    query,
  );
  found.push(
    await page.evaluate(() =>
      Array.from(document.querySelectorAll("#mdbook-searchresults a"), ({ href }) => {
        const { pathname, hash } = new URL(href);
        return `${pathname.split("/").pop()}${hash}`;
      }),
    ),
  );
}
await close();
console.log(JSON.stringify({ pages: files.length, faults, found }));
