// node tree.mjs: answers one line for each line it is given, until there is no more.
//   {"module": path, "tree": …}  →  what `runTree` answers
// A line that begins with "!" says that the host itself failed.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { runTree } from "./tree-host.mjs";

const modules = new Map();

function compiled(path) {
  let module = modules.get(path);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(path));
    modules.set(path, module);
  }
  return module;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { module, tree } = JSON.parse(line);
    answer = JSON.stringify(runTree(compiled(module), tree));
  } catch (e) {
    answer = `!${JSON.stringify(`${e?.stack ?? e}`)}`;
  }
  process.stdout.write(`${answer}\n`);
}
