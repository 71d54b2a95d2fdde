// For whom Rust works. Requests that share an instance wait in one queue of tasks; when one of
// them fails, all see the same failure, and only its own request is to be told what it was.
//
// A request's calls into Rust are its own. So is what Rust hands to the host meanwhile, and is
// called back by: callbacks of promises and timers, and closures. A microtask that runs the
// tasks of all is its who asked for it, unless another one came in between: then nobody knows.

export class Scope {
  current = undefined;
  /** Counts who came in. */
  #turns = 0;
  #last = undefined;

  /** Calls what is done for somebody. */
  run(whose, f) {
    if (whose !== undefined && whose !== this.#last) {
      this.#turns++;
      this.#last = whose;
    }
    const before = this.current;
    this.current = whose;
    try {
      return f();
    } finally {
      this.current = before;
    }
  }

  /** A function that goes on for whom it was made. */
  later(f) {
    const whose = this.current;
    return (...args) => this.run(this.current ?? whose, () => f(...args));
  }

  /** The same, where others may have asked for it since. */
  shared(f) {
    const whose = this.current;
    const turns = this.#turns;
    return (...args) => this.run(this.#turns === turns ? whose : undefined, () => f(...args));
  }
}
