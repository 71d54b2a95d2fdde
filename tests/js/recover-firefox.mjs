// node recover-firefox.mjs LEDGER: what `hosts/js/test/core.mjs` tells of Firefox. Without a
// protocol: the browser opens a page of this server's, and the page posts what it found.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };
const PAGE = `<!doctype html><script type="module">
  let told;
  try {
    const unpoison = await import("/package/src/index.js");
    const { tell } = await import("/package/test/core.mjs");
    const bytes = await (await fetch("/ledger.wasm")).arrayBuffer();
    told = await tell(unpoison, await WebAssembly.compile(bytes), bytes);
  } catch (e) {
    told = { error: String(e) + e.stack };
  }
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
</script>`;

const told = await new Promise((done, failed) => {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/told") {
      let body = "";
      for await (const part of request) body += part;
      response.end();
      close();
      return done(body);
    }
    if (pathname === "/") return response.setHeader("content-type", "text/html").end(PAGE);
    const file = pathname.startsWith("/package/")
      ? new URL(`../../hosts/js/${pathname.slice(9)}`, import.meta.url)
      : pathname === "/ledger.wasm" && pathToFileURL(process.argv[2]);
    if (!file) return response.writeHead(404).end();
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
process.stdout.write(told);
