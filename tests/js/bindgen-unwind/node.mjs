// node --expose-gc node.mjs GLUE WASM KIND… > OUTCOMES

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { run } from "./scenarios.mjs";

const [script, wasm, ...kinds] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));

let uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
process.on("unhandledRejection", (e) => uncaught.push(e));

async function fresh(name) {
  const glue = await import(`${pathToFileURL(script)}?${name}`);
  glue.initSync({ module });
  return glue;
}

// Not by a rejection: those count as what nobody caught.
run(fresh, () => uncaught.splice(0), kinds).then(
  (text) => process.stdout.write(text),
  (e) => {
    console.error(e);
    process.exit(1);
  },
);
