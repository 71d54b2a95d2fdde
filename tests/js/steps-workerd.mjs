// node steps-workerd.mjs MODULE RUNS: what `steps.mjs` sees in workerd, which takes modules
// only as imports.

import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, tell } from "./workerd-server.mjs";

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
await tell(dir);
