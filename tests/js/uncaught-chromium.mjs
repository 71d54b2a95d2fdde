// node uncaught-chromium.mjs DIR NAME ENTRY > TEXT: what a page's console shows of a failure
// that nobody catches.

import { pathToFileURL } from "node:url";
import { openFiles } from "./chromium-page.mjs";

const [dir, name, entry] = process.argv.slice(2);
const { page, close } = await openFiles({ "/pkg/": pathToFileURL(`${dir}/`) });
// What is thrown may be no `Error`: the console prints it all the same.
const said = [];
const session = await page.context().newCDPSession(page);
await session.send("Runtime.enable");
session.on("Runtime.exceptionThrown", ({ exceptionDetails: { text, exception } }) => {
  said.push(`${text} ${exception.description ?? exception.className}`);
});
await page.evaluate(
  async ([name, entry]) => {
    const glue = await import(`/pkg/${name}.js`);
    await glue.default({ module_or_path: `/pkg/${name}_bg.wasm` });
    setTimeout(() => glue[entry]("it failed"));
    await new Promise((resolve) => setTimeout(resolve, 100));
  },
  [name, entry],
);
process.stdout.write(said.join("\n"));
await close();
