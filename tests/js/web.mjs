// node web.mjs URL FOLDER: presses the buttons of `examples/web`, tells as JSON what the
// columns said, and leaves screenshots in FOLDER.

import { createRequire } from "node:module";
import { openPage } from "./chromium-page.mjs";

const [url, folder] = process.argv.slice(2);
const { page, close } = await openPage();
const errors = [];
page.on("console", (message) => {
  if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
});
page.on("pageerror", (error) => errors.push(String(error)));
page.on("requestfailed", (request) => errors.push(`${request.url()} failed`));

await page.setViewportSize({ width: 1200, height: 860 });
await page.goto(url);
await ready();

const press = (name) => page.getByRole("button", { name, exact: true }).click();
const failures = {};
for (const name of ["Panic", "Panic in a borrow", "Abort", "Out of memory", "Stack overflow"]) {
  await press("Start over");
  await ready();
  for (const button of ["Count", "Count", name, "Count", "Count"]) await press(button);
  failures[name] = await columns();
}

await choose("sealed");
const sealed = await afterAbort();
await choose("checkpoint");
const checkpoint = await afterAbort();

// By keyboard alone, from the top of the page.
await page.reload();
await ready();
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
await page.keyboard.press("Tab");
await page.keyboard.press("Space");
const keyboard = await columns();

// As a reader without JavaScript has it, and as one who only watches.
const plain = await (await fetch(url)).text();
const silent = /<noscript>[^]*cargo xtask demo[^]*<\/noscript>/.test(plain);
await choose("fresh");
await press("Play the story");
await page.getByRole("button", { name: "Play the story" }).waitFor();
const story = await columns();

await choose("fresh");
const before = await places();
const round = ["Count", "Panic", "Count", "Count", "Panic in a borrow", "Count", "Abort", "Count", "Stack overflow", "Count"];
for (let n = 0; n < 3; n++) for (const button of round) await press(button);
const moved = JSON.stringify(before) !== JSON.stringify(await places());

await choose("fresh");
for (const button of ["Count", "Abort", "Count", "Panic", "Count", "Panic in a borrow", "Count"]) await press(button);
await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
const faults = [];
for (const colorScheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme });
  faults.push(...(await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  })));
  await page.screenshot({ path: `${folder}/${colorScheme}.png` });
}
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize({ width: 400, height: 860 });
const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
await page.evaluate(() => document.querySelector("main").scrollIntoView());
// What each column shows is in one view, below the controls that stay at the top.
const inView = await page.evaluate(() => {
  const bottom = document.querySelector("main").getBoundingClientRect().bottom;
  const covered = document.querySelector(".controls").getBoundingClientRect().height;
  return bottom + covered <= innerHeight;
});
await page.evaluate(() => scrollTo(0, 0));
await page.screenshot({ path: `${folder}/narrow.png`, fullPage: true });

// What a browser without exceptions would be: the others go on.
const told = { failures, sealed, checkpoint, keyboard, story, silent, moved, overflows, inView, faults };
told.errors = [...errors];
await page.route("**/modules/unwinding.wasm", (route) => route.abort());
await choose("fresh");
await press("Count");
told.unloaded = await columns();

process.stdout.write(JSON.stringify(told));
await close();

async function ready() {
  await page.locator("body[data-ready=yes]").waitFor();
}

/** Starts over with another choice of what follows a failure. */
async function choose(value) {
  await page.getByLabel("After a failure").selectOption(value);
  // Also where it was chosen before.
  await press("Start over");
  await ready();
}

async function afterAbort() {
  for (const button of ["Count", "Count", "Abort", "Count"]) await press(button);
  return columns();
}

/** What each column shows. */
function columns() {
  return page.locator(".column").evaluateAll((sections) => {
    const text = (of, selector) => of.querySelector(selector)?.textContent;
    const column = (section) => ({
      count: text(section, "[data-field=count]"),
      calls: text(section, "[data-field=calls]"),
      failed: text(section, "[data-field=failed]"),
      generation: text(section, "[data-field=generation]"),
      verdict: text(section, "[data-field=verdict]"),
      timeline: [...section.querySelectorAll(".timeline li")].map(({ dataset }) => dataset.kind).join(" "),
      log: [...section.querySelectorAll(".log li")].map((entry) => ({
        called: text(entry, "code"),
        type: text(entry, ".type"),
        text: text(entry, ".text"),
        place: text(entry, ".place") ?? null,
      })),
    });
    return Object.fromEntries(sections.map((section) => [section.dataset.column, column(section)]));
  });
}

/** Where everything is that must not move. */
function places() {
  return page.locator("button, h2, h3, dt, .log, .timeline, footer").evaluateAll((all) =>
    all.map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return [x, y + scrollY, width, height].map(Math.round);
    }),
  );
}
