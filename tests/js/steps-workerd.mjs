// node steps-workerd.mjs MODULE RUNS: what `steps.mjs` sees in workerd, which takes modules
// only as imports.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, start } from "./workerd-server.mjs";

const WORKER = `
import module from "./module.wasm";
import runs from "./runs.json";
import { walk } from "./steps.mjs";
export default {
  async fetch() {
    return Response.json(walk(module, runs));
  },
};
`;

const [file, runs] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), "unpoison-workerd-"));
writeFileSync(
  join(dir, "config.capnp"),
  config([
    '(name = "main.mjs", esModule = embed "main.mjs")',
    '(name = "steps.mjs", esModule = embed "steps.mjs")',
    '(name = "module.wasm", wasm = embed "module.wasm")',
    '(name = "runs.json", json = embed "runs.json")',
  ]),
);
writeFileSync(join(dir, "main.mjs"), WORKER);
copyFileSync(new URL("steps.mjs", import.meta.url), join(dir, "steps.mjs"));
copyFileSync(file, join(dir, "module.wasm"));
copyFileSync(runs, join(dir, "runs.json"));
const { port, stop } = await start(dir);
try {
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
  process.stdout.write(text);
} finally {
  stop();
  rmSync(dir, { recursive: true });
}
