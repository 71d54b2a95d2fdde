// node tree.mjs: trees in this very Node (see lines.mjs).

import { readFileSync } from "node:fs";
import { serve } from "./lines.mjs";
import { runTree } from "./tree-host.mjs";

await serve((path) => {
  const module = new WebAssembly.Module(readFileSync(path));
  return (tree) => runTree(module, tree);
});
