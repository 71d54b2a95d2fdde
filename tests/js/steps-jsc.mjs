// node steps-jsc.mjs MODULE RUNS: what `steps.mjs` sees in JavaScriptCore's own shell.

import { printedByJsc } from "./jsc-shell.mjs";

const [file, runs] = process.argv.slice(2).map((path) => JSON.stringify(path));
const at = JSON.stringify(new URL("steps.mjs", import.meta.url).pathname);
process.stdout.write(
  printedByJsc(`
const { walk } = await import(${at});
const module = new WebAssembly.Module(new Uint8Array(readFile(${file}, "binary")));
print(JSON.stringify(walk(module, JSON.parse(readFile(${runs})))));
`),
);
