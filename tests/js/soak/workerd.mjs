// node workerd.mjs LEDGER fresh|checkpoint|unwind REQUESTS: the same requests to a Worker in
// workerd, some at once, over HTTP; prints figures as JSON. The memory is workerd's.

import { copyFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as http } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config, start as serve } from "../workerd-server.mjs";
import { Figures, Model, requests } from "./model.mjs";

/** Requests at once. */
const CLIENTS = 16;

const [file, mode, number] = process.argv.slice(2);
const count = Number(number);
const dir = mkdtempSync(join(tmpdir(), "unpoison-soak-"));
assemble();
const { port, pid, stop } = await serve(dir);
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
try {
  process.stdout.write(await soak());
} finally {
  agent.destroy();
  stop();
  rmSync(dir, { recursive: true });
}

async function soak() {
  const model = new Model(mode);
  const figures = new Figures(count);
  /** Answers that came before those to requests that the Worker had earlier. */
  const early = new Map();
  let next = 0;
  const start = performance.now();
  const source = requests(count);
  const client = async (until) => {
    while (figures.asked < until) {
      figures.asked++;
      const { value } = source.next();
      const before = performance.now();
      const [turn, answer] = JSON.parse(await ask("POST", JSON.stringify(value)));
      early.set(turn, [value, answer, (performance.now() - before) * 1e3]);
      for (; early.has(next); next++) {
        const [asked, came, took] = early.get(next);
        early.delete(next);
        figures.count(asked, came, model.answer(asked), took);
      }
    }
  };
  figures.asked = 0;
  let generation;
  for (const until of [Math.ceil(count / 10), count]) {
    await Promise.all(Array.from({ length: CLIENTS }, () => client(until)));
    generation = Number(await ask("GET"));
    await new Promise((done) => setTimeout(done, 100));
    await ask("GET");
    figures.resident.push(...resident());
  }
  if (generation !== model.generation || figures.requests !== count) {
    figures.wrong++;
    figures.examples.push(`${generation} instances instead of ${model.generation}, ${figures.requests} answers`);
  }
  return figures.json(generation, (performance.now() - start) / 1e3);
}

function ask(method, body) {
  return new Promise((done, failed) => {
    const asked = http({ host: "127.0.0.1", port, method, agent, timeout: 30_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => (answer.statusCode === 200 ? done(text) : failed(new Error(text))));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer"))).on("error", failed).end(body);
  });
}

/** Where the system says so as Linux does. */
function resident() {
  try {
    const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return [Number(kilobytes) * 1024];
  } catch {
    return [];
  }
}

function assemble() {
  const src = new URL("../../../hosts/js/src/", import.meta.url);
  const scripts = readdirSync(src).filter((name) => name.endsWith(".js"));
  const modules = [
    '(name = "worker.mjs", esModule = embed "worker.mjs")',
    '(name = "model.mjs", esModule = embed "model.mjs")',
    '(name = "ledger.wasm", wasm = embed "ledger.wasm")',
    '(name = "ledger.bin", data = embed "ledger.wasm")',
    ...scripts.map((name) => `(name = "src/${name}", esModule = embed "src/${name}")`),
  ];
  const text = config(modules)
    .replace("const config :Workerd.Config = (", '$&\n  v8Flags = ["--expose-gc"],')
    .replace("const worker :Workerd.Worker = (", `$&\n  bindings = [(name = "MODE", text = "${mode}")],`);
  writeFileSync(join(dir, "config.capnp"), text);
  for (const name of ["worker.mjs", "model.mjs"]) copyFileSync(new URL(name, import.meta.url), join(dir, name));
  copyFileSync(file, join(dir, "ledger.wasm"));
  cpSync(src, join(dir, "src"), { recursive: true });
}
