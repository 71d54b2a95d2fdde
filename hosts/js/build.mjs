// node build.mjs ESBUILD [FOLDER]: the package as CommonJS, of the same source, into `dist`.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const [esbuild, to = fileURLToPath(new URL("dist", import.meta.url))] = process.argv.slice(2);
const from = (name) => fileURLToPath(new URL(`src/${name}`, import.meta.url));
mkdirSync(to, { recursive: true });
const words = ["--bundle", "--format=cjs", "--platform=neutral", "--target=es2022", "--log-level=warning"];
execFileSync(esbuild, [from("index.js"), ...words, `--outfile=${join(to, "index.cjs")}`], {
  cwd: fileURLToPath(new URL(".", import.meta.url)),
  stdio: "inherit",
});
copyFileSync(from("index.d.ts"), join(to, "index.d.cts"));
