// node uncaught-workerd.mjs DIR NAME ENTRY 2> LOG: what workerd's log says of a failure that
// nobody catches.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, start } from "./workerd-server.mjs";

const [from, name, entry] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), "unpoison-workerd-"));
cpSync(from, dir, { recursive: true });
writeFileSync(
  join(dir, "main.mjs"),
  `
import module from "./${name}_bg.wasm";
import * as glue from "./${name}.js";
glue.initSync({ module });
export default {
  async fetch() {
    return new Response(glue.${entry}("it failed"));
  },
};
`,
);
writeFileSync(
  join(dir, "config.capnp"),
  config([
    '(name = "main.mjs", esModule = embed "main.mjs")',
    `(name = "${name}.js", esModule = embed "${name}.js")`,
    `(name = "${name}_bg.wasm", wasm = embed "${name}_bg.wasm")`,
  ]),
);
const { port, stop } = await start(dir, ["--verbose"]);
try {
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
} finally {
  stop();
  rmSync(dir, { recursive: true });
}
