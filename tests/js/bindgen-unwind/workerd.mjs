// node workerd.mjs GLUE WASM KIND… > OUTCOMES
//
// See ../workerd.mjs for what it needs. Each instance has a copy of the glue: a module
// of workerd's is loaded once.

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [script, wasm, ...kinds] = process.argv.slice(2);
const here = new URL(".", import.meta.url).pathname;
const arch = { x64: "64", arm64: "arm64" }[process.arch];
const binary = createRequire(import.meta.url).resolve(
  `@cloudflare/workerd-${process.platform}-${arch}/bin/workerd`,
);

const { names } = await import("./scenarios.mjs");
const parts = readdirSync(here).filter((name) => name.endsWith(".mjs"));
const copies = names.map((name) => `glue-${name}.mjs`);

const module = (name) => `(name = "${name}", esModule = embed "${name}"),`;
const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    ${["main.mjs", ...parts, ...copies].map(module).join("\n    ")}
    (name = "module.wasm", wasm = embed "module.wasm"),
  ],
  compatibilityDate = "2025-01-01",
);
`;

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
writeFileSync(join(dir, "config.capnp"), CONFIG);
writeFileSync(join(dir, "main.mjs"), MAIN);
for (const name of parts) copyFileSync(join(here, name), join(dir, name));
for (const name of copies) copyFileSync(script, join(dir, name));
copyFileSync(wasm, join(dir, "module.wasm"));
const stdio = ["ignore", "ignore", "inherit", "pipe"];
const child = spawn(binary, ["serve", "--control-fd=3", join(dir, "config.capnp")], { stdio });
try {
  const port = await listening(child);
  const body = JSON.stringify(kinds);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
  process.stdout.write(text);
} finally {
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
