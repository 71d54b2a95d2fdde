// node bindgen-node.mjs FIXTURES: what `hosts/js/test/bindgen-core.mjs` tells of this very
// Node, by wasm-bindgen's targets.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as unpoison from "../../hosts/js/src/index.js";
import { tell } from "../../hosts/js/test/bindgen-core.mjs";

const at = (...names) => join(process.argv[2], ...names);
const wasm = (target) => new WebAssembly.Module(readFileSync(at(target, "bindgen_bg.wasm")));
const web = async () => {
  const glue = await import(pathToFileURL(at("web", "bindgen.js")));
  glue.initSync({ module: wasm("web") });
  return [glue];
};
const bundler = async () => [await import(pathToFileURL(at("bundler", "bindgen_bg.js"))), { module: wasm("bundler") }];
const told = [...(await tell(unpoison, web)), ...(await tell(unpoison, bundler))];
process.stdout.write(JSON.stringify(told));
