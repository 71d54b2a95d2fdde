// node workerd.mjs: trees in workerd (see lines.mjs), each in a request of its own.
// Of the npm package `workerd` only the binary is needed, which is a package of its own.

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "./lines.mjs";

const arch = { x64: "64", arm64: "arm64" }[process.arch];
const binary = createRequire(import.meta.url).resolve(
  `@cloudflare/workerd-${process.platform}-${arch}/bin/workerd`,
);

const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "main.mjs", esModule = embed "main.mjs"),
    (name = "tree-host.mjs", esModule = embed "tree-host.mjs"),
    (name = "tree.wasm", wasm = embed "tree.wasm"),
  ],
  compatibilityDate = "2025-01-01",
);
`;

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
  const stdio = ["ignore", "ignore", "inherit", "pipe"];
  const child = spawn(binary, ["serve", "--control-fd=3", join(dir, "config.capnp")], { stdio });
  started.push({ child, dir });
  const port = await listening(child);
  return async (tree) => {
    const body = JSON.stringify(tree);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
});

for (const { child, dir } of started) {
  child.kill();
  rmSync(dir, { recursive: true });
}

// The port, from what workerd tells whoever controls it.
function listening(child) {
  return new Promise((found, failed) => {
    let said = "";
    child.on("exit", (code) => failed(new Error(`workerd ended (${code})`)));
    child.stdio[3].on("data", (data) => {
      said += data;
      const line = said.split("\n").find((l) => l.includes('"listen"'));
      if (line !== undefined) found(JSON.parse(line).port);
    });
  });
}
