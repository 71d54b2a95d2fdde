// node four.mjs GLUE WASM > OUTCOMES
//
// The functions of the fixture `four`, with panics in between.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [script, wasm] = process.argv.slice(2);
const glue = await import(pathToFileURL(script));
glue.initSync({ module: new WebAssembly.Module(readFileSync(wasm)) });

const calls = {
  add: () => glue.add(2, 40),
  greet: () => glue.greet("é"),
  checks: () => glue.checks("good"),
  panics: () => glue.checks("bad"),
  later: () => glue.later(6),
};

const outcomes = [];
for (const turn of ["add", "later", "panics", "add", "greet", "later", "panics", "checks", "later"]) {
  try {
    outcomes.push(await calls[turn]());
  } catch (e) {
    outcomes.push(`${e.name}: ${e.message}`);
  }
}
process.stdout.write(JSON.stringify(outcomes));
