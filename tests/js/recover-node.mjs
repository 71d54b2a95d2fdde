// node recover-node.mjs LEDGER: what `hosts/js/test/core.mjs` tells of this very Node.

import { readFileSync } from "node:fs";
import * as unpoison from "../../hosts/js/src/index.js";
import { tell } from "../../hosts/js/test/core.mjs";

const bytes = readFileSync(process.argv[2]);
process.stdout.write(JSON.stringify(await tell(unpoison, new WebAssembly.Module(bytes), bytes)));
