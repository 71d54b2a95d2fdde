// node uncaught-node.mjs SCRIPT WASM ENTRY: a user's program that catches nothing.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [script, wasm, entry] = process.argv.slice(2);
const glue = await import(pathToFileURL(script));
glue.initSync({ module: new WebAssembly.Module(readFileSync(wasm)) });
glue[entry]("it failed");
