#!/usr/bin/env node
// unpoison types FOLDER: declarations for wasm-bindgen's glue of the target `bundler`, which
// brings some for `NAME.js` alone, and `recoverBindgen` is given `NAME_bg.js`.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [what, dir, ...more] = process.argv.slice(2);
if (what !== "types" || dir === undefined || more.length > 0) fail("usage: unpoison types FOLDER");
if (!existsSync(dir)) fail(`there is no folder ${dir}`);
const glue = readdirSync(dir).filter((name) => name.endsWith("_bg.js"));
if (glue.length === 0) fail(`${dir} has no glue of the target \`bundler\` (NAME_bg.js)`);
for (const file of glue) {
  const name = file.slice(0, -"_bg.js".length);
  const declared = `export * from "./${name}.js";\n/** Gives the glue its instance. */\nexport function __wbg_set_wasm(exports: any): void;\n`;
  writeFileSync(join(dir, `${name}_bg.d.ts`), declared);
  console.log(`${name}_bg.d.ts`);
}

function fail(why) {
  console.error(`unpoison: ${why}`);
  process.exit(1);
}
