// workerd, serving a folder that has a `config.capnp`. Of the npm package `workerd` only
// the binary is needed, which is a package of its own.

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const arch = { x64: "64", arm64: "arm64" }[process.arch];
const binary = createRequire(import.meta.url).resolve(
  `@cloudflare/workerd-${process.platform}-${arch}/bin/workerd`,
);

/** `config.capnp` for one worker of these modules, as lines of its `modules`. */
export const config = (modules) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    ${modules.join(",\n    ")},
  ],
  compatibilityDate = "2025-01-01",
);
`;

/** Starts it; answers its port, its process, and how to stop it. */
export async function start(dir, args = []) {
  const stdio = ["ignore", "ignore", "inherit", "pipe"];
  const child = spawn(binary, ["serve", "--control-fd=3", join(dir, "config.capnp"), ...args], { stdio });
  return { port: await listening(child), pid: child.pid, stop: () => child.kill() };
}

/** Serves a folder for one request, writes what it answers to standard output, and removes the folder. */
export async function tell(dir, request = {}) {
  const { port, stop } = await start(dir);
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    process.stdout.write(text);
  } finally {
    stop();
    rmSync(dir, { recursive: true });
  }
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
