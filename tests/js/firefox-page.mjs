// A page in a Firefox of its own. Without a protocol: the browser opens a page of this
// server's, and the page posts what it found.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", json: "application/json" };

const page = (code) => `<!doctype html><script type="module">
  let told;
  try {
    ${code}
  } catch (e) {
    told = { error: String(e) + e.stack };
  }
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
</script>`;

/**
 * What a script gives to the variable `told`, as JSON.
 * @param {Record<string, URL>} places what lies where on the page's site: files, or folders
 */
export const tellInFirefox = (places, code) =>
  new Promise((done, failed) => {
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (pathname === "/told") {
        let body = "";
        for await (const part of request) body += part;
        response.end();
        close();
        return done(body);
      }
      if (pathname === "/") return response.setHeader("content-type", "text/html").end(page(code));
      const place = Object.keys(places).find((place) => pathname.startsWith(place));
      if (place === undefined) return response.writeHead(404).end();
      const rest = pathname.slice(place.length);
      const file = rest === "" ? places[place] : new URL(rest, places[place]);
      response.setHeader("content-type", TYPES[pathname.split(".").pop()]).end(readFileSync(file));
    });
    const profile = mkdtempSync(join(tmpdir(), "unpoison-firefox-"));
    let browser;
    const close = () => {
      browser.removeAllListeners("exit");
      browser.on("exit", () => rmSync(profile, { recursive: true, force: true }));
      browser.kill();
      server.close();
      server.closeAllConnections();
    };
    server.listen(0, "127.0.0.1", () => {
      const args = ["--headless", "--no-remote", "--profile", profile, `http://127.0.0.1:${server.address().port}/`];
      const env = { ...process.env, HOME: profile };
      browser = spawn(process.env.UNPOISON_FIREFOX ?? "firefox-esr", args, { stdio: "ignore", env });
      browser.on("error", failed);
      browser.on("exit", (code) => failed(new Error(`Firefox ended (${code})`)));
    });
  });
