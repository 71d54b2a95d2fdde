// What the fixture `bindgen_unwind` is run with, in any engine. No imports of the
// engine's: the same text runs in Node, in a page and in a worker.

import { look, untagged } from "./untagged.mjs";

// What the fixture calls. `actions` is the scenario's.
export const actions = {};
export const notes = [];
export const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

globalThis.host = {
  call: (name, value) => actions[name](value),
  each: (f) => [1, 2, 3].forEach((value) => actions.each?.(f, value) ?? f(value)),
  note: (text) => notes.push(text),
  later: async (value) => {
    if (value === 13) throw actions.thirteen;
    await pause();
    return value + 1;
  },
  lookup: async (key) => {
    await pause();
    return `key ${key}`;
  },
  // Some are there at once, some are not.
  timer: (id) => (id % 3 === 0 ? Promise.resolve() : pause()),
};

// {"panic": message} | {"exception": {tag, kind, message}} | {"error": text}
export function described(glue, e) {
  if (e instanceof WebAssembly.Exception) return { exception: untagged(glue.__wasm, e) };
  look(glue.__wasm);
  return e?.name === "PanicError" ? { panic: e.message } : { error: String(e) };
}

export function outcome(glue, f) {
  try {
    return { ok: f() };
  } catch (e) {
    return described(glue, e);
  }
}

export async function settled(glue, f) {
  try {
    return { ok: await f() };
  } catch (e) {
    return described(glue, e);
  }
}

export const word = (glue, at) => new Uint32Array(glue.__wasm.memory.buffer, at >>> 0, 1)[0];

// What is the same before and after a call that failed: no panic is under way and the
// instance lives. Answers what is owned; more, if anything else is not as it should be.
export function watch(glue) {
  const [made, dropped, steps] = glue.counters();
  const raw = glue.__wasm;
  const owned = () => word(glue, made) - word(glue, dropped);
  const health = () => {
    const panicking = outcome(glue, () => glue.is_panicking());
    const state = raw.__unpoison_state?.value ?? 0;
    const terminated = word(glue, raw.__instance_terminated.value);
    const fine = panicking.ok === false && state === 0 && terminated === 0;
    return fine ? owned() : { owned: owned(), panicking, state, terminated };
  };
  return { owned, health, steps: () => word(glue, steps) };
}
