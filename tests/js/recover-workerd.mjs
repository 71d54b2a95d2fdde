// node recover-workerd.mjs LEDGER: what `hosts/js/test/core.mjs` tells of workerd, which
// takes modules only as imports.

import { copyFileSync, cpSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, tell } from "./workerd-server.mjs";

const WORKER = `
import module from "./ledger.wasm";
import bytes from "./ledger.bin";
import * as unpoison from "./src/index.js";
import { tell } from "./core.mjs";
export default {
  async fetch() {
    return Response.json(await tell(unpoison, module, bytes));
  },
};
`;

const src = new URL("../../hosts/js/src/", import.meta.url);
const dir = mkdtempSync(join(tmpdir(), "unpoison-workerd-"));
const scripts = readdirSync(src).filter((name) => name.endsWith(".js"));
writeFileSync(
  join(dir, "config.capnp"),
  config([
    '(name = "main.mjs", esModule = embed "main.mjs")',
    '(name = "core.mjs", esModule = embed "core.mjs")',
    '(name = "ledger.wasm", wasm = embed "ledger.wasm")',
    '(name = "ledger.bin", data = embed "ledger.wasm")',
    ...scripts.map((name) => `(name = "src/${name}", esModule = embed "src/${name}")`),
  ]),
);
writeFileSync(join(dir, "main.mjs"), WORKER);
copyFileSync(new URL("../test/core.mjs", src), join(dir, "core.mjs"));
copyFileSync(process.argv[2], join(dir, "ledger.wasm"));
cpSync(src, join(dir, "src"), { recursive: true });
await tell(dir);
