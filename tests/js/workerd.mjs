// node workerd.mjs: trees in workerd (see lines.mjs), each in a request of its own.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "./lines.mjs";
import { config, start } from "./workerd-server.mjs";

const CONFIG = config([
  '(name = "main.mjs", esModule = embed "main.mjs")',
  '(name = "tree-host.mjs", esModule = embed "tree-host.mjs")',
  '(name = "tree.wasm", wasm = embed "tree.wasm")',
]);

const WORKER = `
import module from "./tree.wasm";
import { runTree } from "./tree-host.mjs";
export default {
  async fetch(request) {
    return Response.json(runTree(module, await request.json()));
  },
};
`;

const started = [];

await serve(async (path) => {
  const dir = mkdtempSync(join(tmpdir(), "unpoison-workerd-"));
  writeFileSync(join(dir, "config.capnp"), CONFIG);
  writeFileSync(join(dir, "main.mjs"), WORKER);
  copyFileSync(new URL("tree-host.mjs", import.meta.url), join(dir, "tree-host.mjs"));
  copyFileSync(path, join(dir, "tree.wasm"));
  const { port, stop } = await start(dir);
  started.push({ stop, dir });
  return async (tree) => {
    const body = JSON.stringify(tree);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
});

for (const { stop, dir } of started) {
  stop();
  rmSync(dir, { recursive: true });
}
