// unpoison worker-build ARGUMENTS: worker-build as ever, but for the entry of what it builds.
//
// worker-build has esbuild bundle `shim.js`, its own entry, with the glue. `ESBUILD_BIN` names
// another esbuild: `esbuild.mjs` beside this file, which puts ours in the place of it first.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export function workerBuild(args, fail) {
  const esbuild = process.env.ESBUILD_BIN ?? installed();
  if (esbuild === undefined) fail("there is no esbuild: `npm install --save-dev esbuild` (wrangler brings one), or set ESBUILD_BIN");
  const env = {
    ...process.env,
    ESBUILD_BIN: fileURLToPath(new URL("esbuild.mjs", import.meta.url)),
    UNPOISON_ESBUILD: esbuild,
    UNPOISON_OPTIONS: options(process.cwd()) ?? "",
  };
  const { error, status } = spawnSync("worker-build", args, { stdio: "inherit", env });
  if (error?.code === "ENOENT") fail("there is no worker-build: `cargo install worker-build`");
  if (error !== undefined) fail(`worker-build cannot be run: ${error.message}`);
  process.exit(status ?? 1);
}

/** The esbuild of the project, whose binary is a package of its own. */
function installed() {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      const at = createRequire(from).resolve("esbuild/package.json");
      return join(dirname(at), "bin/esbuild");
    } catch {
      // The next place.
    }
  }
  return undefined;
}

/** A file of the project's with the options of `serve`. */
function options(folder) {
  const file = resolve(folder, "unpoison.worker.js");
  return existsSync(file) ? file : undefined;
}
