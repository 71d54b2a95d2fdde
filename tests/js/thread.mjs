// What a thread needs, and what comes of a call in it.

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];

/** The memory of all threads. */
export const shared = () => new WebAssembly.Memory({ initial: 64, maximum: 16384, shared: true });

/** Room for a thread's stack and variables, from an instance that has its own. */
export function room(exports) {
  // Nothing puts the stack pointer back where a panic is not sealed off: room for all.
  const stack = exports.room(1 << 20, 16) + (1 << 20);
  const tls = exports.room(exports.__tls_size.value || 1, exports.__tls_align.value || 1);
  return { stack, tls };
}

/** Gives a thread's instance what another one made room for. */
export function settle(exports, { stack, tls }) {
  exports.__stack_pointer.value = stack;
  exports.__wasm_init_tls(tls);
}

/** The value of a call, or { tag, kind, text } of an exception. */
export function outcome(exports, memory, call) {
  try {
    return call();
  } catch (e) {
    const tag = TAGS.find((tag) => e instanceof WebAssembly.Exception && e.is(exports[tag]));
    if (!tag) return String(e);
    const words = new Uint32Array(memory.buffer, e.getArg(exports[tag], 0), 13);
    const bytes = new Uint8Array(memory.buffer, words[3], words[4]).slice();
    return { tag, kind: words[1], text: new TextDecoder().decode(bytes) };
  }
}

/** How long a thread may take to end. */
const PATIENCE = 3000;

/**
 * Calls in turn on the main thread, while others work: what came of each and how long it took,
 * and what each thread ended with, if it did, in milliseconds since the last call began.
 * @param {Promise<{came: unknown, at: number}>[]} ends
 */
export async function worked(ends, calls, call) {
  let began;
  const seen = calls.map((args) => {
    began = Date.now();
    const came = call(args);
    return { came, ms: Date.now() - began };
  });
  const patience = new Promise((done) => setTimeout(done, PATIENCE));
  const ended = await Promise.all(ends.map((end) => Promise.race([end, patience])));
  const since = (end) => end && { came: end.came, ms: end.at - began };
  return { calls: seen, threads: ended.map((end) => since(end) ?? null) };
}
