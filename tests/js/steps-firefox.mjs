// node steps-firefox.mjs MODULE RUNS: what `steps.mjs` sees in Firefox.

import { pathToFileURL } from "node:url";
import { tellInFirefox } from "./firefox-page.mjs";

const CODE = `
  const { walk } = await import("/steps.mjs");
  const runs = await (await fetch("/runs.json")).json();
  told = walk(await WebAssembly.compileStreaming(fetch("/module.wasm")), runs);
`;

const [file, runs] = process.argv.slice(2);
const places = {
  "/module.wasm": pathToFileURL(file),
  "/runs.json": pathToFileURL(runs),
  "/steps.mjs": new URL("steps.mjs", import.meta.url),
};
process.stdout.write(await tellInFirefox(places, CODE));
