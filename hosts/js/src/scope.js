// For whom Rust works. Requests that share an instance wait in one queue of tasks; when one of
// them fails, all see the same failure, and only its own request is to be told what it was.
//
// A request's calls into Rust are its own. So is what Rust hands to the host meanwhile, and is
// called back by: callbacks of promises and timers, and closures. A microtask that runs the
// tasks of all is its who asked for it, unless another one came in between: then nobody knows.

/** How often who waits looks whether that is over, in milliseconds. */
const LOOK = 10;

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

  /**
   * A promise, for whoever waits for it. An instance that fails ends the promises of all in the
   * turn of one request. workerd lets the others go on there only if it is not told otherwise by
   * a flag, and takes who has nothing of its own to wait for for hung: each looks by a timer of
   * its own.
   */
  waited(promise) {
    return new Promise((resolve, reject) => {
      let end;
      const timer = setInterval(() => {
        if (end === undefined) return;
        clearInterval(timer);
        end();
      }, LOOK);
      const right = (value) => {
        end = () => {};
        resolve(value);
      };
      promise.then(right, (error) => {
        end = () => reject(error);
      });
    });
  }
}
