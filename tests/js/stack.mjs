// node stack.mjs MODULE EXPORT NUMBER > NAMES
//
// Has a call of an export end in a trap; the names of the wasm functions in its stack as
// JSON, innermost first.

import { readFileSync } from "node:fs";

const [path, name, number] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  if (kind === "function") (imports[from] ??= {})[name] = () => 0;
}
const { exports } = new WebAssembly.Instance(module, imports);
let names;
try {
  exports[name](Number(number));
} catch (e) {
  if (!(e instanceof WebAssembly.RuntimeError)) throw e;
  const frames = e.stack.split("\n").filter((line) => line.includes("wasm://"));
  // The module's own name stands in front, where it has one.
  names = frames.map((line) => /at (?:\S+\.wasm\.)?(\S+) \(/.exec(line)?.[1] ?? "");
}
process.stdout.write(JSON.stringify(names));
