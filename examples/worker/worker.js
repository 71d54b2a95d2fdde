// The Worker: a stateless route, and the way to the Durable Object.
//
//   /square?n=7               7 × 7, by Rust
//   /transfer?id=a&from=1&to=2&amount=5
//   /ledger                   the Durable Object's state
//
// `&fail=KIND@POINT` makes a request fail (see `src/fail.rs`).

import { attempt, told } from "./requests.js";
import { rust } from "./rust.js";

export { LedgerObject } from "./ledger.js";

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/transfer" || pathname === "/ledger") {
      return env.LEDGER.get(env.LEDGER.idFromName("main")).fetch(request);
    }
    if (pathname !== "/square") return new Response("not found", { status: 404 });
    const n = Number(searchParams.get("n"));
    const id = searchParams.get("id");
    try {
      const square = await attempt((number) => rust.exports.square(number, n, searchParams.get("fail") ?? undefined));
      return Response.json({ id, square, generation: rust.generation });
    } catch (e) {
      return told(e, rust.generation);
    }
  },
};
