// A copy of the linear memory while no call is in flight.

import { metaOf } from "./meta.js";
import { stateOutsideMemory } from "./obstacles.js";
import { one } from "./options.js";
import { readLayout } from "./sections.js";

const PAGE = 0x1_0000;
const TIMES = ["init", "manual", "call"];

export class Checkpoint {
  /** @param {{from: number, to: number} | undefined} stack what need not be copied */
  constructor(stack) {
    this.stack = stack ?? { from: 0, to: 0 };
    this.saved = new Uint8Array(0);
    this.now = new Uint8Array(0);
    this.taken = false;
  }

  /** @param {WebAssembly.Memory} memory */
  take(memory) {
    if (this.now.buffer !== memory.buffer) this.now = new Uint8Array(memory.buffer);
    // May throw for want of room: then the one before is as it was.
    if (this.saved.length !== this.now.length) this.saved = new Uint8Array(this.now.length);
    // All of it each time: to compare costs as much as to copy, in every engine.
    copy(this.now, this.saved, this.stack);
    this.taken = true;
  }

  /** @param {WebAssembly.Memory} memory that of an instance that nobody has called */
  restore(memory) {
    const missing = this.saved.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(missing / PAGE);
    copy(this.saved, new Uint8Array(memory.buffer), this.stack);
  }
}

function copy(from, to, stack) {
  if (stack.from > 0) to.set(from.subarray(0, stack.from));
  to.set(from.subarray(stack.to), stack.to);
}

/**
 * The checkpoint that the options ask for.
 * @param {Uint8Array | undefined} bytes the module's own
 */
export function checkpointFor(module, bytes, options) {
  const { checkpoint, policy, unchecked = false } = options;
  one("checkpoint", options, TIMES);
  if (checkpoint === undefined) return undefined;
  if (policy === "seal") throw new TypeError('a checkpoint is of no use with policy: "seal"');
  const { obstacles, stack } = described(module, bytes);
  if (obstacles.length > 0 && !unchecked) {
    throw new TypeError(`a checkpoint of the memory would leave out state of the module: ${obstacles.join(", ")}`);
  }
  return new Checkpoint(stack);
}

function described(module, bytes) {
  // What the linker knows, once it writes it.
  const told = metaOf(module).checkpoint;
  if (told !== undefined) return { obstacles: told.obstacles ?? [], stack: told.stack };
  if (bytes !== undefined) return stateOutsideMemory(readLayout(bytes));
  return { obstacles: ["what cannot be seen without its bytes (option `bytes`)"] };
}
