// node steps-node.mjs MODULE RUNS: what `steps.mjs` sees in this very Node (or Bun, or Deno).

import { readFileSync } from "node:fs";
import { walk } from "./steps.mjs";

const [file, runs] = process.argv.slice(2);
process.stdout.write(JSON.stringify(walk(new WebAssembly.Module(readFileSync(file)), JSON.parse(readFileSync(runs, "utf8")))));
