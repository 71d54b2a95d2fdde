// Promises that an instance has still to settle. One that failed never will.

export class Pending {
  #rejects = new Set();

  /** The same promise, but for the case that the instance fails first. */
  watch(promise) {
    let fail;
    const watched = new Promise((resolve, reject) => {
      fail = (failure) => {
        // The failure has been told elsewhere: nobody need wait for this promise.
        watched.catch(() => {});
        reject(failure);
      };
      this.#rejects.add(fail);
      const done = (settle) => (value) => {
        this.#rejects.delete(fail);
        settle(value);
      };
      promise.then(done(resolve), done(reject));
    });
    return watched;
  }

  /** @param {Error} failure what the instance failed by */
  fail(failure) {
    const rejects = [...this.#rejects];
    this.#rejects.clear();
    for (const reject of rejects) reject(failure);
  }
}
