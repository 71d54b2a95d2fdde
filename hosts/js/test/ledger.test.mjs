// 100,000 transfers, every hundredth of which fails half-way.

import assert from "node:assert/strict";
import test from "node:test";
import { RustAbortError, recover } from "../src/index.js";
import { Fail, bytesOf, quiet } from "./fixtures.mjs";

const TRANSFERS = 100_000;
const ACCOUNTS = 1_000;
const MONEY = 1_000n;
const KINDS = [Fail.abort, Fail.alloc, Fail.stack, Fail.engineStack];

test("no committed transfer is lost and the sum never changes", async () => {
  const r = await recover(bytesOf("ledger"), quiet, {
    checkpoint: "call",
    init: (exports) => exports.open(ACCOUNTS, MONEY),
  });
  const { transfer, sum, balance, journal } = r.exports;
  const accounts = new BigInt64Array(ACCOUNTS).fill(MONEY);
  const failures = new Map();
  let committed = 0;
  let seed = 1;
  const random = (below) => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % below;
  for (let n = 0; n < TRANSFERS; n++) {
    const [from, to] = [random(ACCOUNTS), random(ACCOUNTS)];
    const amount = BigInt(random(10));
    if (accounts[from] < amount) continue;
    const kind = n % 100 === 99 ? KINDS[Math.floor(n / 100) % KINDS.length] : Fail.nothing;
    try {
      // Not counted if it throws.
      assert.equal(transfer(from, to, amount, kind), ++committed);
      accounts[from] -= amount;
      accounts[to] += amount;
    } catch (e) {
      if (!(e instanceof RustAbortError) || kind === Fail.nothing) throw e;
      failures.set(kind, (failures.get(kind) ?? 0) + 1);
      const before = journal();
      assert.equal(sum(), BigInt(ACCOUNTS) * MONEY);
      assert.equal(journal(), before);
    }
  }
  assert.deepEqual([...failures.keys()], KINDS);
  const failed = [...failures.values()].reduce((a, b) => a + b);
  assert.ok(failed > TRANSFERS / 110);
  assert.equal(r.generation, failed + 1);
  assert.equal(r.exports.committed(), committed);
  accounts.forEach((money, account) => assert.equal(balance(account), money));
});
