#!/usr/bin/env node
// unpoison types FOLDER: declarations for wasm-bindgen's glue of the target `bundler`, which
// brings some for `NAME.js` alone, and `recoverBindgen` is given `NAME_bg.js`.
// unpoison worker-build ARGUMENTS: see `worker-build.mjs`.
// All else is for the linker: see `linker.mjs`.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linker } from "./linker.mjs";
import { workerBuild } from "./worker-build.mjs";

const USAGE = "usage: unpoison types FOLDER, unpoison worker-build ARGUMENTS, or a command of the linker: unpoison --help";
// rust-lld answers these, and whoever types them means unpoison.
const BY_HAND = { "--help": "--unpoison-help", "--version": "--unpoison-version" };

const [what, ...args] = process.argv.slice(2);
if (what === "worker-build") workerBuild(args, fail);
else if (what === "types" && args.length === 1) types(args[0]);
else if (what === undefined || what === "types") fail(USAGE);
else linker(args.length === 0 ? [BY_HAND[what] ?? what] : [what, ...args], fail);

function types(dir) {
  if (!existsSync(dir)) fail(`there is no folder ${dir}`);
  const glue = readdirSync(dir).filter((name) => name.endsWith("_bg.js"));
  if (glue.length === 0) fail(`${dir} has no glue of the target \`bundler\` (NAME_bg.js)`);
  for (const file of glue) {
    const name = file.slice(0, -"_bg.js".length);
    const declared = `export * from "./${name}.js";\n/** Gives the glue its instance. */\nexport function __wbg_set_wasm(exports: any): void;\n`;
    writeFileSync(join(dir, `${name}_bg.d.ts`), declared);
    console.log(`${name}_bg.d.ts`);
  }
}

function fail(why) {
  console.error(`unpoison: ${why}`);
  process.exit(1);
}
