// node worker.mjs clients DIR | load DIR: the Worker of `examples/worker`, assembled in
// DIR, served by workerd. Prints what clients saw, as JSON.

import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./workerd-server.mjs";

const [what, dir] = process.argv.slice(2);
const disk = mkdtempSync(join(tmpdir(), "unpoison-worker-"));
const { port, stop } = await start(dir, [`--directory-path=disk=${disk}`]);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
/** Milliseconds after which a request counts as hung. */
const PATIENCE = 30_000;

try {
  process.stdout.write(JSON.stringify(await { clients, load }[what]()));
} finally {
  agent.destroy();
  stop();
  rmSync(disk, { recursive: true });
}

function ask(path) {
  return new Promise((done, failed) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const hung = () => asked.destroy(new Error(`${path} is not answered`));
    const asked = get(url, { agent, timeout: PATIENCE }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => {
        let body = text;
        try {
          body = JSON.parse(text);
        } catch {
          // An error of workerd's own.
        }
        done({ status: answer.statusCode, body });
      });
    });
    asked.on("timeout", hung).on("error", failed);
  });
}

/** One failure of each kind among concurrent requests that do not fail. */
async function clients() {
  const seen = [];
  let id = 0;
  for (const kind of ["panic", "abort", "memory", "stack"]) {
    for (const point of ["start", "half", "await"]) {
      const before = (await ask("/ledger")).body;
      const one = ask(`/transfer?id=${id++}&from=1&to=2&amount=5&fail=${kind}@${point}`);
      const others = [];
      for (let n = 0; n < 10; n++) {
        others.push(ask(`/transfer?id=${id++}&from=3&to=4&amount=1`));
        others.push(ask(`/square?n=${n}&id=${id++}`));
      }
      const failed = await one;
      const answers = await Promise.all(others);
      const next = await ask(`/square?n=9&id=${id++}`);
      seen.push({ kind, point, before, failed, others: answers, next, after: (await ask("/ledger")).body });
    }
  }
  return seen;
}

/** Ten thousand requests, of which 1 % panic and 0.1 % abort. */
async function load() {
  const REQUESTS = 10_000;
  const times = [];
  const wrong = [];
  let [transfers, panics, aborts] = [0, 0, 0];
  const before = (await ask("/ledger")).body;
  const generation = (await ask("/square?n=1&id=first")).body.generation;
  let next = 0;
  const client = async () => {
    while (next < REQUESTS) {
      const n = next++;
      const kind = n % 1000 === 500 ? "abort" : n % 100 === 50 ? "panic" : undefined;
      const fail = kind === undefined ? "" : `&fail=${kind}@${["start", "half", "await"][(n / 50) % 3 | 0]}`;
      // The stateless route knows no half.
      const transfer = n % 2 === 1 || fail.endsWith("half");
      const path = transfer
        ? `/transfer?id=load-${n}&from=${n % 100}&to=${(n + 7) % 100}&amount=1`
        : `/square?n=${n}&id=load-${n}`;
      const start = performance.now();
      const { status, body } = await ask(path + fail);
      times.push(performance.now() - start);
      if (kind === "panic") panics++;
      if (kind === "abort") aborts++;
      if (kind === undefined && transfer) transfers++;
      const right = kind === undefined
        ? status === 200 && body.id === `load-${n}` && (transfer ? body.made === true : body.square === n * n)
        : status === 500 && body.error.kind === kind;
      if (!right) wrong.push({ path: path + fail, status, body });
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: 128 }, client));
  const seconds = (performance.now() - start) / 1e3;
  const after = (await ask("/ledger")).body;
  const fresh = (await ask("/square?n=1&id=last")).body.generation - generation;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  return {
    requests: REQUESTS, panics, aborts, transfers, wrong: wrong.slice(0, 10), sum: after.sum,
    stored: after.stored - before.stored, reinitialisations: after.generation - before.generation + fresh,
    per_second: REQUESTS / seconds, p50: at(0.5), p99: at(0.99),
  };
}
