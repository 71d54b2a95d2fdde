// node workers-rs.mjs DIR rows|flights|load [FLAG…] > TOLD: the app `examples/workers-rs`, as
// worker-build left it in DIR, in miniflare, with these compatibility flags. TOLD is JSON.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare } from "miniflare";

const [dir, what, ...compatibilityFlags] = process.argv.slice(2);
/** Milliseconds until a client gives up. */
const PATIENCE = 5000;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const log = [];
const mf = new Miniflare({
  modules: [
    { type: "ESModule", path: "index.js", contents: readFileSync(join(dir, "index.js"), "utf8") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: readFileSync(join(dir, "index_bg.wasm")) },
  ],
  compatibilityDate: "2026-01-01",
  compatibilityFlags,
  kvNamespaces: ["SHOP"],
  durableObjects: { STOCK: "Stock" },
  queueProducers: { ORDERS: "orders" },
  queueConsumers: { orders: { maxBatchTimeout: 0.05 } },
  unsafeTriggerHandlers: true,
  handleRuntimeStdio: (...streams) => {
    for (const stream of streams) stream.on("data", (data) => log.push(...`${data}`.split("\n").filter((line) => line !== "")));
  },
});
const url = await mf.ready;

/** What a client sees: the status, the first line of the text, and how long it took. */
async function get(path) {
  const start = performance.now();
  const took = () => Math.round(performance.now() - start);
  try {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(PATIENCE) });
    const [text] = (await response.text()).split("\n");
    return { status: response.status, text, retry: response.headers.get("retry-after"), took: took() };
  } catch {
    return { status: 0, text: "no answer", retry: null, took: took() };
  }
}

/** Each fault at once and after a wait, with others in flight. */
async function rows() {
  const rows = { good: await get("/square?n=7") };
  for (const fault of ["panic", "abort", "overflow"]) {
    for (const [when, wait] of [["", ""], [" later", "&wait=50"]]) {
      const [from] = [log.length];
      const flying = [get("/square?n=3&wait=400"), get("/stock?item=a&take=1&wait=400")];
      await pause(100);
      const failing = await get(`/square?n=1&fault=${fault}${wait}`);
      const next = await get("/square?n=8");
      const [stateless, object] = await Promise.all(flying);
      await pause(50);
      rows[fault + when] = { failing, next, stateless, object, log: log.slice(from) };
    }
    const failing = await get(`/stock?item=a&fault=${fault}`);
    rows[`${fault} in the object`] = { failing, next: await get("/stock?item=a&take=0") };
  }
  await get("/order?n=5");
  await pause(500);
  await get("/order?n=13");
  await pause(500);
  rows.orders = await get("/orders?");
  const worker = await mf.getWorker();
  rows.scheduled = (await worker.scheduled({ cron: "* * * * *" })).outcome;
  return rows;
}

/** A stream that another request takes the instance from: its lines, and how it ended. */
async function streamed(path) {
  const start = performance.now();
  let text = "";
  let end = "end";
  try {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(PATIENCE) });
    for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
  } catch (error) {
    end = error.name;
  }
  return { lines: text.split("\n").filter(Boolean), end, took: Math.round(performance.now() - start) };
}

/** A web socket of the object: what it says, and how long until it does. */
async function live() {
  const socket = new WebSocket(new URL("/stock/live", url).href.replace("http", "ws"));
  await new Promise((done, failed) => {
    socket.addEventListener("open", done);
    socket.addEventListener("error", failed);
  });
  return (message) =>
    new Promise((done) => {
      const start = performance.now();
      const told = (what) => done({ what, took: Math.round(performance.now() - start) });
      const patience = setTimeout(() => told("nothing"), PATIENCE);
      for (const [event, what] of [["message", (e) => e.data], ["close", (e) => `closed ${e.code}`]]) {
        const once = (e) => {
          clearTimeout(patience);
          told(what(e));
        };
        socket.addEventListener(event, once, { once: true });
      }
      if (socket.readyState > 1) return told("closed");
      socket.send(message);
    });
}

/** Looks until something is so, and tells how long it took. */
async function until(path, text) {
  const start = performance.now();
  let seen;
  while (performance.now() - start < 2 * PATIENCE) {
    seen = await get(path);
    if (seen.text.startsWith(text)) break;
    await pause(50);
  }
  return { text: seen.text, took: Math.round(performance.now() - start) };
}

/** What is no request and is under way when a request aborts. */
async function flights() {
  const abort = async () => {
    await pause(150);
    return await get("/square?n=1&fault=abort");
  };
  const during = async (flight) => {
    const [seen, failing] = await Promise.all([flight(), abort()]);
    return { ...seen, failing: failing.status };
  };
  const flown = { whole: await streamed("/list?n=3&wait=20") };
  flown.stream = await during(() => streamed("/list?n=20&wait=50"));
  flown.waitUntil = await during(async () => {
    const answer = await get("/receipt?n=1&wait=400");
    await pause(600);
    return { answer, written: (await get("/written?")).text };
  });
  await get("/receipt?n=2&wait=1");
  flown.written = await until("/written?", "2");
  await get("/stock?item=a&take=10");
  flown.alarm = await during(async () => {
    await get("/stock?refill=1");
    await pause(300);
    return await until("/stock?item=a&take=0", "1000 left");
  });
  flown.queue = await during(async () => {
    await get("/order?n=2000");
    return await until("/orders?", "2000");
  });
  const say = await live();
  flown.said = await say("1");
  flown.socket = await during(() => say("1"));
  flown.after = await say("1");
  flown.again = await (await live())("1");
  flown.fault = await (await live())("abort");
  // As long as the pause is to be.
  const letter = "From: <a@example.com>\r\nTo: <b@example.com>\r\nMessage-ID: <1@example.com>\r\n\r\n".padEnd(400, "x");
  const mail = async () => {
    const start = performance.now();
    const body = { method: "POST", body: letter, signal: AbortSignal.timeout(PATIENCE) };
    const to = new URL("/cdn-cgi/handler/email?from=a@example.com&to=b@example.com", url);
    const status = await fetch(to, body).then((response) => response.status, () => 0);
    return { status, took: Math.round(performance.now() - start) };
  };
  flown.mail = await mail();
  flown.mailed = await during(mail);
  flown.good = await get("/square?n=7");
  flown.log = log;
  return flown;
}

/** Thousands of requests, so many at once, some of which fail. Then the same without failures. */
async function load() {
  const count = Number(process.env.UNPOISON_REQUESTS ?? 2000);
  const run = async (fails) => {
    const seen = { count, failed: 0, right: 0, unavailable: 0, wrong: [], slowest: 0, took: [] };
    let next = 0;
    const client = async () => {
      while (next < count) {
        const n = next++;
        const fault = !fails ? "" : n % 1000 === 500 ? "&fault=abort" : n % 100 === 50 ? "&fault=panic" : "";
        const answer = await get(`/square?n=${n}&wait=${n % 20}${fault}`);
        if (fault !== "") {
          seen.failed++;
          if (answer.status !== 500) seen.wrong.push({ n, fault, ...answer });
          continue;
        }
        if (answer.status === 200 && answer.text === `${n * n}`) seen.right++;
        else if (answer.status === 503) seen.unavailable++;
        else seen.wrong.push({ n, ...answer });
        seen.took.push(answer.took);
      }
    };
    await Promise.all(Array.from({ length: 32 }, client));
    seen.took.sort((a, b) => a - b);
    const { took, ...rest } = seen;
    return { ...rest, slowest: took.at(-1), median: took[took.length >> 1] };
  };
  await run(false);
  return { without: await run(false), with: await run(true) };
}

const told = await { rows, flights, load }[what]();
process.stdout.write(JSON.stringify(told));
await mf.dispose();
