// The memory of whichever instance is current.

/** In the place of a `WebAssembly.Memory`. */
export class RecoveredMemory {
  #core;
  #memory;

  /**
   * @param {import("./core.js").Core} core
   * @param {() => WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }

  /** Ask again after each call: growth and a fresh instance detach it. */
  get buffer() {
    this.#core.live();
    return this.#memory().buffer;
  }

  grow(pages) {
    this.#core.live();
    return this.#memory().grow(pages);
  }

  /** A view that outlives growth, and refuses to outlive the instance. */
  view(type, address = 0, length = undefined) {
    this.#core.live();
    return new MemoryView(this.#core, this.#memory(), type, address >>> 0, length);
  }
}

class MemoryView {
  #core;
  #memory;
  #type;
  #generation;
  #view;

  constructor(core, memory, type, address, length) {
    this.#core = core;
    this.#memory = memory;
    this.#type = type;
    this.#generation = core.generation;
    this.address = address;
    this.length = length;
    this.get();
  }

  /** The typed array (or `DataView`) itself, on the memory as large as it is now. */
  get() {
    const core = this.#core;
    core.live(this.#generation, "the view");
    const { buffer } = this.#memory;
    if (this.#view?.buffer !== buffer) this.#view = new this.#type(buffer, this.address, this.length);
    return this.#view;
  }
}
