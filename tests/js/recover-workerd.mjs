// node recover-workerd.mjs LEDGER: what `hosts/js/test/core.mjs` tells of workerd, which
// takes modules only as imports.

import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, start } from "./workerd-server.mjs";

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
