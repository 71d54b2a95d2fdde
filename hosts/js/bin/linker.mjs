// The linker itself, of the package for this platform: an optional dependency of a release.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";

/** Runs it, and ends as it ends. */
export function linker(args, fail) {
  const name = `@unpoison/${process.platform}-${process.arch}`;
  const program = installed(name);
  if (program === undefined) {
    fail(`${args[0]} is a command of the linker, and the package ${name} is not here: install with optional dependencies, or \`cargo install unpoison\` and call that`);
  }
  const { error, signal, status } = spawnSync(program, args, { stdio: "inherit" });
  if (error !== undefined) fail(`${program} cannot be run: ${error.message}`);
  // As a shell says it.
  process.exit(signal === null ? status : 128 + constants.signals[signal]);
}

function installed(name) {
  try {
    const at = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(at), "bin", process.platform === "win32" ? "unpoison.exe" : "unpoison");
  } catch {
    return undefined;
  }
}
