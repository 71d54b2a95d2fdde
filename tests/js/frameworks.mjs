// node frameworks.mjs SITE [PICTURES] > TOLD: an app with buttons that fail, in Chromium: what a
// user sees of each, and whether the page is of use afterwards. TOLD is JSON, by button.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const [site, pictures] = process.argv.slice(2);
const { page, close } = await openFiles({
  "/app/unpoison/": new URL("../../hosts/js/src/", import.meta.url),
  "/app/": pathToFileURL(`${site}/`),
});
page.setDefaultTimeout(10_000);
await page.setViewportSize({ width: 640, height: 420 });
const uncaught = [];
// The first line: the rest is the engine's.
page.on("pageerror", (error) => uncaught.push(`${error}`.split("\n")[0]));

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const button = (name) => page.getByRole("button", { name, exact: true });
const picture = (name) => pictures && page.screenshot({ path: `${pictures}/${name}.png` });
/** How much there is in the app's list; null if there is no app. */
const count = () => page.evaluate(() => parseInt(document.getElementById("count")?.textContent ?? "", 10));

await fresh();
const names = (await page.locator("#app button").allTextContents()).filter((name) => name !== "Add");
const told = {};
for (const name of names) {
  await fresh();
  await add();
  await picture("before");
  uncaught.length = 0;
  await button(name).click();
  // Longer than the app's timer, which the page goes on calling.
  await pause(1200);
  const seen = await failure();
  await picture(name);
  const row = { ...seen, count: await count() };
  if (row.count !== null && !Number.isNaN(row.count)) row.more = await added();
  row.uncaught = [...uncaught];
  if (seen.what !== null) {
    await button("Start again").click();
    await page.locator("#app h1").waitFor();
    row.again = await count();
    row.then = await added();
    row.left = await failure();
  }
  told[name] = row;
}
process.stdout.write(JSON.stringify(told));
await close();

async function fresh() {
  await page.goto("http://unpoison.test/app/index.html");
  await page.locator("#app h1").waitFor();
  // Whatever the start has left for later.
  await pause(50);
}

async function add() {
  const text = page.getByPlaceholder("What else?");
  if ((await text.count()) > 0) await text.fill("Call home");
  await button("Add").click();
}

async function added() {
  await add();
  await pause(100);
  return count();
}

/** The page's own words for a failure, if it shows any. */
function failure() {
  return page.evaluate(() => {
    const of = (id) => document.getElementById(id)?.textContent ?? null;
    const hidden = document.getElementById("failure")?.hidden ?? true;
    return hidden ? { what: null, message: null } : { what: of("what"), message: of("message") };
  });
}
