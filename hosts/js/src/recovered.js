// What the host holds: the exports, and what there is to know of the instance behind them.

export class Recovered {
  #core;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
    this.exports = core.exports;
  }

  get module() {
    return this.#core.module;
  }

  get generation() {
    return this.#core.generation;
  }

  get instance() {
    return this.#core.instance;
  }

  get failure() {
    const core = this.#core;
    if (!core.closed || core.opening) return undefined;
    core.know();
    return core.failure;
  }

  get memory() {
    return this.#core.view;
  }

  checkpoint() {
    const core = this.#core;
    if (core.checkpoint === undefined) throw new TypeError("checkpoints were not asked for (option `checkpoint`)");
    if (core.depth > 0) throw new TypeError("no checkpoint can be taken while a call is in flight");
    if (core.closed) core.reopen();
    core.checkpoint.take(core.memory);
  }

  reinit() {
    this.#core.again();
  }

  async ready() {
    await this.#core.ready();
  }

  stats() {
    const { generation, counts, restarts, closed } = this.#core;
    return { generation, ...counts, row: restarts.row, live: !closed, retryAfter: closed ? restarts.wait : 0 };
  }
}
