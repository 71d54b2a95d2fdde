// Promises that an instance has still to settle. One that failed never will.

export class Pending {
  #rejects = new Set();

  /** The same promise, but for the case that the instance fails first. */
  watch(promise) {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      const done = (settle) => (value) => {
        this.#rejects.delete(reject);
        settle(value);
      };
      promise.then(done(resolve), done(reject));
    });
  }

  /** @param {Error} failure what the instance failed by */
  fail(failure) {
    const rejects = [...this.#rejects];
    this.#rejects.clear();
    for (const reject of rejects) reject(failure);
  }
}
