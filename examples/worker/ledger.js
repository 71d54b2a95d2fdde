// The Durable Object. Its balances are in Rust's memory; its database has them, too, for
// an abort takes the memory away.

import { DurableObject } from "cloudflare:workers";
import { attempt, told } from "./requests.js";
import { rust } from "./rust.js";

const ACCOUNTS = 100;
const OPENING = 1000;

export class LedgerObject extends DurableObject {
  #store;
  #ledger;
  #generation;

  constructor(state, env) {
    super(state, env);
    this.#store = new Store(state.storage);
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      if (pathname === "/ledger") return Response.json(this.#status());
      const number = (name) => Number(searchParams.get(name));
      const id = searchParams.get("id");
      const args = [id, number("from"), number("to"), number("amount")];
      const made = await attempt((n) => this.#live().transfer(n, ...args, searchParams.get("fail") ?? undefined));
      return Response.json({ id, made, generation: rust.generation });
    } catch (e) {
      return told(e, rust.generation);
    }
  }

  /** The ledger, made anew from the database if its instance is gone. */
  #live() {
    if (rust.failure !== undefined || this.#generation !== rust.generation) {
      this.#ledger = new rust.exports.Ledger(this.#store);
      this.#generation = rust.generation;
    }
    return this.#ledger;
  }

  #status() {
    const { served, accounts } = this.#live();
    const sum = accounts.reduce((sum, balance) => sum + balance, 0);
    return { generation: rust.generation, served, sum, accounts: [...accounts], stored: this.#store.transfers() };
  }
}

/** What Rust sees of the database. */
class Store {
  #storage;

  constructor(storage) {
    this.#storage = storage;
    storage.sql.exec("CREATE TABLE IF NOT EXISTS accounts (account INTEGER PRIMARY KEY, balance REAL)");
    storage.sql.exec("CREATE TABLE IF NOT EXISTS transfers (id TEXT PRIMARY KEY)");
    if (this.balances().length > 0) return;
    for (let account = 0; account < ACCOUNTS; account++) {
      storage.sql.exec("INSERT INTO accounts VALUES (?, ?)", account, OPENING);
    }
  }

  balances() {
    const rows = this.#storage.sql.exec("SELECT balance FROM accounts ORDER BY account");
    return new Float64Array([...rows].map(({ balance }) => balance));
  }

  has(id) {
    return [...this.#storage.sql.exec("SELECT 1 FROM transfers WHERE id = ?", id)].length > 0;
  }

  commit(id, from, fromBalance, to, toBalance) {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      sql.exec("INSERT INTO transfers VALUES (?)", id);
      const set = "UPDATE accounts SET balance = ? WHERE account = ?";
      sql.exec(set, fromBalance, from);
      sql.exec(set, toBalance, to);
    });
  }

  transfers() {
    return this.#storage.sql.exec("SELECT count(*) AS n FROM transfers").one().n;
  }
}
