// node workerd.mjs GLUE WASM KIND… > OUTCOMES
//
// See ../workerd.mjs for what it needs. Each instance has a copy of the glue: a module
// of workerd's is loaded once.

import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, tell } from "../workerd-server.mjs";

const [script, wasm, ...kinds] = process.argv.slice(2);
const here = new URL(".", import.meta.url).pathname;

const { names } = await import("./scenarios.mjs");
const parts = readdirSync(here).filter((name) => name.endsWith(".mjs"));
const copies = names.map((name) => `glue-${name}.mjs`);

const modules = ["main.mjs", ...parts, ...copies].map((name) => `(name = "${name}", esModule = embed "${name}")`);
modules.push('(name = "module.wasm", wasm = embed "module.wasm")');

const MAIN = `
import module from "./module.wasm";
import { run } from "./scenarios.mjs";
const uncaught = [];
addEventListener("error", (event) => uncaught.push(event.error));
addEventListener("unhandledrejection", (event) => uncaught.push(event.reason));
async function fresh(name) {
  const glue = await import(\`./glue-\${name}.mjs\`);
  glue.initSync({ module });
  return glue;
}
export default {
  async fetch(request) {
    return new Response(await run(fresh, () => uncaught.splice(0), await request.json()));
  },
};
`;

const dir = mkdtempSync(join(tmpdir(), "unpoison-workerd-"));
writeFileSync(join(dir, "config.capnp"), config(modules));
writeFileSync(join(dir, "main.mjs"), MAIN);
for (const name of parts) copyFileSync(join(here, name), join(dir, name));
for (const name of copies) copyFileSync(script, join(dir, name));
copyFileSync(wasm, join(dir, "module.wasm"));
await tell(dir, { method: "POST", body: JSON.stringify(kinds) });
