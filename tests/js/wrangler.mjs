// node wrangler.mjs WRANGLER PATH… > ANSWERS
//
// `wrangler dev` in the current folder, asked for each PATH; its answers as JSON.

import { spawn } from "node:child_process";

const [wrangler, ...paths] = process.argv.slice(2);
const args = [wrangler, "dev", "--port", "0", "--show-interactive-dev-session=false"];
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
const dev = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
let said = "";
const limit = setTimeout(() => fail("it takes too long"), 60_000);

function fail(why) {
  dev.kill();
  console.error(`${why}: ${said}`);
  process.exit(1);
}

const address = new Promise((resolve) => {
  const hear = (text) => {
    said += text;
    const ready = /Ready on (http:\S+)/.exec(said);
    if (ready) resolve(ready[1]);
  };
  dev.stdout.setEncoding("utf8").on("data", hear);
  dev.stderr.setEncoding("utf8").on("data", hear);
  dev.on("exit", () => fail("it ended"));
});
const base = await address;
const answers = [];
for (const path of paths) answers.push(await (await fetch(new URL(path, base))).text());
clearTimeout(limit);
dev.removeAllListeners("exit").on("exit", () => process.exit());
process.stdout.write(JSON.stringify(answers), () => dev.kill());
