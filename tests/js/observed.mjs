// node observed.mjs MODULE node|chromium > EVENTS
//
// The real SDKs of Sentry and Datadog with failures of the fixture `kinds`, and what they would
// send: {"sentry": [event, …], "datadog": [log, …]}.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [path, where] = process.argv.slice(2);
/** Two panics at one place, one at another, an abort; in instances of their own. */
const CALLS = [["index", 7], ["index", 9], ["divide", 1, 0], ["abort_outlined", 1]];

/** The events of envelopes: lines of JSON, of which an event's has a time of its own. */
const events = (bodies) =>
  bodies.flatMap((body) => body.split("\n").filter(Boolean).map((line) => JSON.parse(line))).filter((line) => line.exception);

async function inNode() {
  const bodies = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    bodies.push(body);
    response.end("{}");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const Sentry = await import("@sentry/node");
  const unpoison = await import("../../hosts/js/src/index.js");
  Sentry.init({
    dsn: `http://key@127.0.0.1:${server.address().port}/1`,
    beforeSend(event, { originalException }) {
      if (unpoison.isFailure(originalException)) event.fingerprint = originalException.fingerprint;
      return event;
    },
  });
  const { exports } = await unpoison.recover(readFileSync(path), {});
  for (const [name, ...args] of CALLS) {
    try {
      exports[name](...args);
    } catch (e) {
      Sentry.captureException(e);
    }
  }
  await Sentry.flush();
  server.close();
  return { sentry: events(bodies) };
}

/** A page whose script is the app's, with the SDKs bundled into it. */
async function inChromium() {
  const { openFiles } = await import("./chromium-page.mjs");
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "js" },
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  const { page, close } = await openFiles({ "/kinds.wasm": pathToFileURL(path) });
  const bodies = { sentry: [], datadog: [] };
  await page.route("http://sink.test/**", (route) => {
    const to = route.request().url().includes("datadog") ? bodies.datadog : bodies.sentry;
    to.push(route.request().postData() ?? "");
    return route.fulfill({ body: "{}", headers: { "access-control-allow-origin": "*" } });
  });
  await page.route("http://unpoison.test/app.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text }),
  );
  await page.evaluate(async (calls) => (await import("/app.js")).app(calls), CALLS);
  for (let wait = 0; wait < 50 && bodies.datadog.length === 0; wait++) await page.waitForTimeout(100);
  await close();
  const logs = bodies.datadog.flatMap((body) => body.split("\n").filter(Boolean).map((line) => JSON.parse(line)));
  return { sentry: events(bodies.sentry), datadog: logs.filter((log) => log.error) };
}

const SCRIPT = `
  import * as Sentry from "@sentry/browser";
  import { datadogLogs } from "@datadog/browser-logs";
  import { isFailure, recover } from "../../hosts/js/src/index.js";

  Sentry.init({
    dsn: "http://key@sink.test/1",
    beforeSend(event, { originalException }) {
      if (isFailure(originalException)) event.fingerprint = originalException.fingerprint;
      return event;
    },
  });
  datadogLogs.init({ clientToken: "token", site: "datadoghq.com", service: "app", proxy: "http://sink.test/datadog", sessionSampleRate: 100, allowUntrustedEvents: true });

  export async function app(calls) {
    const { exports } = await recover(fetch("/kinds.wasm"), {});
    for (const [name, ...args] of calls) {
      try {
        exports[name](...args);
      } catch (e) {
        Sentry.captureException(e);
        datadogLogs.logger.error(e.message, {}, e);
      }
    }
    await Sentry.flush();
    // Logs are sent when a page is hidden.
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  }
`;

process.stdout.write(JSON.stringify(await { node: inNode, chromium: inChromium }[where]()));
process.exit();
