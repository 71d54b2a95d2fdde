#!/usr/bin/env node
// esbuild, as worker-build calls it in the folder with its `shim.js` and the glue, `index.js`.
// See `worker-build.mjs`.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHIM = "shim.js";
const GLUE = "index.js";

const args = process.argv.slice(2);
if (args.includes(`./${SHIM}`)) {
  if (!existsSync(GLUE)) fail(`worker-build made no ${GLUE}`);
  writeFileSync(SHIM, entry(readFileSync(GLUE, "utf8")));
  // Logs show errors by the names of their classes.
  args.push("--keep-names");
} else if (args.includes("--bundle")) {
  fail(`this worker-build does not bundle ${SHIM}: its version is not known to unpoison`);
}
const { error, status } = spawnSync(process.env.UNPOISON_ESBUILD, args, { stdio: "inherit" });
if (error !== undefined) fail(`esbuild cannot be run: ${error.message}`);
process.exit(status ?? 1);

/** An entry with a class for each that the glue exports: those must be named in the text. */
function entry(glue) {
  const classes = [...glue.matchAll(/^export class ([\w$]+)/gm)].map(([, name]) => name);
  const renamed = [...glue.matchAll(/^export \{ ([\w$]+) as ([\w$]+) \}/gm)];
  const isClass = (name) => new RegExp(`^class ${name.replaceAll("$", "\\$")}\\b`, "m").test(glue);
  classes.push(...renamed.filter(([, name]) => isClass(name)).map(([, , as]) => as));
  const runtime = fileURLToPath(new URL("../src/workers.js", import.meta.url));
  const options = process.env.UNPOISON_OPTIONS;
  return [
    'import { WorkerEntrypoint } from "cloudflare:workers";',
    `import * as glue from "./${GLUE}";`,
    `import { serve } from ${JSON.stringify(runtime)};`,
    options ? `import options from ${JSON.stringify(options)};` : "const options = {};",
    "",
    "Error.stackTraceLimit = 100;",
    "const app = serve(WorkerEntrypoint, glue, options);",
    "export default app.entry;",
    ...classes.map((name) => `export const ${name} = app.durableObject("${name}");`),
    "",
  ].join("\n");
}

function fail(why) {
  console.error(`unpoison: ${why}`);
  process.exit(1);
}
