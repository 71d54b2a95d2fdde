// node recover-firefox.mjs LEDGER: what `hosts/js/test/core.mjs` tells of Firefox.

import { pathToFileURL } from "node:url";
import { tellInFirefox } from "./firefox-page.mjs";

const CODE = `
  const unpoison = await import("/package/src/index.js");
  const { tell } = await import("/package/test/core.mjs");
  const bytes = await (await fetch("/ledger.wasm")).arrayBuffer();
  told = await tell(unpoison, await WebAssembly.compile(bytes), bytes);
`;

const places = {
  "/package/": new URL("../../hosts/js/", import.meta.url),
  "/ledger.wasm": pathToFileURL(process.argv[2]),
};
process.stdout.write(await tellInFirefox(places, CODE));
