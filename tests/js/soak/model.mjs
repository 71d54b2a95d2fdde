// What `cargo xtask soak` asks the fixture `ledger`, and what must be answered: the same
// requests each time, in Node and in workerd. `tests/soak` does it in Rust.

export const ACCOUNTS = 100;
/** So much that no account is ever empty: an overdraft would be a panic that nobody asked for. */
export const MONEY = 1_000_000n;
/** As in the fixture. */
const JOURNAL = 256;

/** What goes wrong in a transfer, by the fixture's numbers. */
const FAILURES = { panic: 1, abort: 2, allocation: 3, stack: 4, engineStack: 9, leak: 10 };

/** Of 10,000 requests 100 panic, 10 abort, one exhausts a stack, one the memory. */
export function* requests(count) {
  let seed = 0x2545f491;
  const random = (below) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
  for (let n = 0; n < count; n++) {
    const fate = random(10_000);
    const what = random(100);
    const [from, to, amount] = [random(ACCOUNTS), random(ACCOUNTS), random(10)];
    const odd = amount % 2 === 1;
    const fails =
      fate < 100 ? "panic"
      : fate < 110 ? "abort"
      : fate < 111 ? (odd ? "stack" : "engineStack")
      : fate < 112 ? (odd ? "allocation" : "leak")
      : undefined;
    const call =
      fails !== undefined || what < 80 ? "transfer" : what < 90 ? "balance" : what < 98 ? "sum" : "journal";
    yield { call, from, to, amount, fails };
  }
}

/** Asks a ledger; answers what came, as text. */
export function ask({ exports }, unpoison, { call, from, to, amount, fails }) {
  try {
    switch (call) {
      case "transfer":
        return String(exports.transfer(from, to, BigInt(amount), fails === undefined ? 0 : FAILURES[fails]));
      case "balance":
        return String(exports.balance(from));
      default:
        return String(BigInt.asUintN(64, exports[call]()));
    }
  } catch (e) {
    return told(e, unpoison);
  }
}

/** A typed error with all that it must say; another as it is. */
function told(e, { PanicError, RustAbortError }) {
  if (e instanceof PanicError && e.line > 0) return `PanicError: ${e.message}, ${e.file}`;
  if (!(e instanceof RustAbortError)) return `untyped: ${e}`;
  const { kind, size, align, stackOverflow } = e;
  if (kind === "alloc") return `RustAbortError: ${kind}, ${size} bytes by ${align}`;
  return `RustAbortError: ${kind}${stackOverflow === undefined ? "" : `, stackOverflow ${stackOverflow}`}`;
}

const ERRORS = {
  panic: "PanicError: the transfer failed, src/lib.rs",
  abort: "RustAbortError: abort",
  allocation: "RustAbortError: alloc, 2013265920 bytes by 8",
  leak: "RustAbortError: alloc, 1048576 bytes by 1",
  // Rust's own stack ends below the memory; the engine does not know whose access that was.
  stack: "RustAbortError: trap",
  engineStack: "RustAbortError: trap, stackOverflow true",
};

/** The ledger as docs/javascript.md says that it is after a failure. */
export class Model {
  /** @param {"fresh" | "checkpoint" | "unwind"} mode */
  constructor(mode) {
    this.mode = mode;
    this.generation = 1;
    this.failed = false;
    this.open();
  }

  open() {
    this.accounts = new Array(ACCOUNTS).fill(Number(MONEY));
    this.entries = [];
    this.committed = 0;
  }

  /** What is answered. */
  answer({ call, from, to, amount, fails }) {
    if (this.failed) {
      this.generation++;
      this.failed = false;
      if (this.mode !== "checkpoint") this.open();
    }
    if (fails !== undefined) {
      // The borrow is given back, the money is not: the panic left half-way.
      if (fails === "panic" && this.mode === "unwind") this.accounts[from] -= amount;
      else this.failed = true;
      return ERRORS[fails];
    }
    switch (call) {
      case "balance":
        return String(this.accounts[from]);
      case "sum":
        return String(this.accounts.reduce((a, b) => a + b, 0));
      case "journal":
        return String(this.journal());
    }
    this.accounts[from] -= amount;
    this.accounts[to] += amount;
    this.entries[this.committed % JOURNAL] = [from, to, amount];
    return String(++this.committed);
  }

  journal() {
    let fold = 7n;
    for (const [from, to, amount] of this.entries) {
      const word = ((BigInt(from) << 32n) | BigInt(to)) ^ BigInt(amount);
      fold = BigInt.asUintN(64, (fold << 5n) | (fold >> 59n)) ^ word;
    }
    return fold;
  }
}

/** What a run comes to. */
export class Figures {
  constructor(count) {
    this.requests = 0;
    this.failures = {};
    this.wrong = 0;
    this.untyped = 0;
    this.examples = [];
    this.resident = [];
    // Written to now: a page counts once it is.
    this.times = new Float64Array(count).fill(1);
  }

  /** Of one request. */
  count({ fails }, answer, expected, microseconds) {
    this.times[this.requests++] = microseconds;
    if (answer.startsWith("untyped")) this.untyped++;
    if (answer !== expected) {
      this.wrong++;
      if (this.examples.length < 5) {
        this.examples.push(`request ${this.requests}: ${answer} instead of ${expected}`);
      }
    } else if (fails !== undefined) {
      this.failures[fails] = (this.failures[fails] ?? 0) + 1;
    }
  }

  /** All of it as JSON. */
  json(instances, seconds) {
    const times = this.times.subarray(0, this.requests).sort();
    const at = (share) => times[Math.floor(times.length * share)];
    const { requests, failures, wrong, untyped, examples, resident } = this;
    const rest = { instances, seconds, p50: at(0.5), p99: at(0.99) };
    return JSON.stringify({ requests, failures, wrong, untyped, examples, resident, ...rest });
  }
}
