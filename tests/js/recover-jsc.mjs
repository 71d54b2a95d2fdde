// node recover-jsc.mjs LEDGER: what `hosts/js/test/core.mjs` tells of JavaScriptCore's own
// shell, which has no more than the language.

import { printedByJsc } from "./jsc-shell.mjs";

const at = (path) => JSON.stringify(new URL(path, import.meta.url).pathname);
const SCRIPT = `
// What the shell lacks of the web.
globalThis.TextDecoder = class {
  decode(bytes) {
    return decodeURIComponent(Array.from(new Uint8Array(bytes), (byte) => "%" + byte.toString(16).padStart(2, "0")).join(""));
  }
};
const unpoison = await import(${at("../../hosts/js/src/index.js")});
const { tell } = await import(${at("../../hosts/js/test/core.mjs")});
const bytes = new Uint8Array(readFile(${JSON.stringify(process.argv[2])}, "binary"));
print(JSON.stringify(await tell(unpoison, new WebAssembly.Module(bytes), bytes)));
`;

process.stdout.write(printedByJsc(SCRIPT));
