// node page.mjs FOLDER FILE…: opens pages of `unpoison inspect --html` without a server, tells as
// JSON what is wrong with each, and leaves screenshots in FOLDER.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { openPage } from "./chromium-page.mjs";

const [folder, ...files] = process.argv.slice(2);
// As text that the debugger runs: the page's own policy lets no other script in.
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const told = {};
for (const file of files) told[basename(file, ".html")] = await look(file);
process.stdout.write(JSON.stringify(told));

async function look(file) {
  const { page, close } = await openPage();
  const url = pathToFileURL(file).href;
  const errors = [];
  const requests = [];
  page.on("console", (message) => errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("dialog", (dialog) => { errors.push(dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== url) requests.push(request.url()); });
  const picture = (name) => page.screenshot({ path: `${folder}/${basename(file, ".html")}-${name}.png`, fullPage: true });

  await page.setViewportSize({ width: 1200, height: 900 });
  await page.goto(url);
  const heading = await page.locator("h1").textContent();
  const scripts = await page.locator("script").count();
  const filtered = await filter(page);
  await page.evaluate(axe);
  const faults = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(" ")}`);
    })));
    await picture(colorScheme);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 400, height: 860 });
  const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await picture("narrow");
  await close();
  return { heading, scripts, filtered, faults, overflows, errors, requests };
}

/** The last word of the first site's function is looked for; what is shown then, and of how many. */
async function filter(page) {
  const field = page.getByLabel("Show those with");
  if ((await field.count()) === 0) return null;
  const rows = page.locator("#sites tbody tr");
  const word = (await rows.first().locator("td").nth(2).textContent()).split("::").pop();
  await field.fill(`${word} abort`);
  const shown = await rows.filter({ visible: true }).count();
  const all = await rows.count();
  const said = await page.locator("#filter-said").textContent();
  await field.fill("");
  return { shown, all, said };
}
