// JavaScriptCore's own shell, which has no more than the language.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a module prints there. */
export function printedByJsc(code) {
  const dir = mkdtempSync(join(tmpdir(), "unpoison-jsc-"));
  try {
    const script = join(dir, "main.mjs");
    writeFileSync(script, code);
    return execFileSync(process.env.UNPOISON_JSC ?? "jsc", ["-m", script], { encoding: "utf8" }).trim();
  } finally {
    rmSync(dir, { recursive: true });
  }
}
