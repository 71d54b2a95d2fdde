// The Worker of `workerd.mjs`: a request's body is what the ledger is asked, as JSON.

import module from "./ledger.wasm";
import bytes from "./ledger.bin";
import * as unpoison from "./src/index.js";
import { ACCOUNTS, MONEY, ask } from "./model.mjs";

let ledger;
let turn = 0;

export default {
  async fetch(request, { MODE }) {
    if (request.method === "GET") {
      // For figures; the flag of `config` gives it a name.
      gc({ type: "major", flavor: "last-resort" });
      return new Response(String(ledger.generation));
    }
    const asked = await request.json();
    ledger ??= unpoison.recoverSync(module, { env: { host_step: (n) => n } }, {
      init: (exports) => exports.open(ACCOUNTS, MONEY),
      checkpoint: MODE === "checkpoint" ? "call" : undefined,
      bytes,
    });
    // Requests come in an order of their own: whoever compares has to know it.
    return Response.json([turn++, ask(ledger, unpoison, asked)]);
  },
};
