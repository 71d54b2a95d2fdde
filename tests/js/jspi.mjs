// node --experimental-wasm-jspi jspi.mjs GLUE WASM > OUTCOMES
//
// wasm-bindgen's JSPI mode, with waits that the host ends in every order. OUTCOMES is a
// JSON object: what each scenario saw, on an instance of its own.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { all } from "./jspi-scenarios.mjs";

const [script, wasm] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));
const uncaught = [];
process.on("uncaughtException", (e) => uncaught.push(e));
process.on("unhandledRejection", (e) => uncaught.push(e));

async function fresh(name) {
  const glue = await import(`${pathToFileURL(script)}?${name}`);
  glue.initSync({ module });
  return glue;
}

process.stdout.write(JSON.stringify(await all(fresh, () => uncaught.splice(0))));
