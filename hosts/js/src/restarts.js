// When a fresh instance may be made again: against modules that fail at each start, or
// as soon as they are called.

/** Of an instance that cannot be opened: so many tries at once, and so many in all. */
const AT_ONCE = 3;
const TRIES = 10;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 30_000;

export class Restarts {
  #limit;
  #within;
  #backoff;
  /** When the newest instances were asked for. */
  #times = [];
  #next = 0;
  /** Starts that failed, and failures without a call that went well, one after the other. */
  starts = 0;
  row = 0;

  constructor({ limit = Infinity, within = 60_000, backoff = 0 } = {}) {
    this.#limit = limit;
    this.#within = within;
    this.#backoff = backoff;
  }

  /** Milliseconds until there may be a fresh instance. Infinity: when the host asks for it. */
  get wait() {
    if (this.starts >= TRIES) return Infinity;
    const now = Date.now();
    let wait = this.#next - now;
    if (this.#limit !== Infinity) {
      this.#times = this.#times.filter((time) => time > now - this.#within);
      const full = this.#times.length - this.#limit;
      if (full >= 0) wait = Math.max(wait, (this.#times[full] ?? now) + this.#within - now);
    }
    return Math.max(wait, 0);
  }

  /** A fresh instance is being made in the place of one that failed. */
  making() {
    if (this.#limit !== Infinity) this.#times.push(Date.now());
  }

  /** It could not be opened. */
  unopened() {
    const late = ++this.starts - AT_ONCE;
    if (late >= 0) this.#delay(Math.max(this.#backoff, FIRST_WAIT), late);
  }

  opened() {
    this.starts = 0;
  }

  /** An instance failed. */
  failed() {
    if (this.#backoff > 0) this.#delay(this.#backoff, this.row);
    this.row++;
  }

  #delay(first, doubled) {
    this.#next = Date.now() + Math.min(first * 2 ** doubled, LONGEST_WAIT);
  }

  /** The host has asked. */
  forget() {
    this.starts = 0;
    this.row = 0;
    this.#next = 0;
    this.#times = [];
  }
}
