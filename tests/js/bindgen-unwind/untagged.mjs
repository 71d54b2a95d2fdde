// What a module threw that exports no tag, as those for wasm-bindgen: its state, its report
// and the report's number tell, as docs/module.md says.

/** The number of the newest report that was looked at, by the module's exports. */
const looked = new WeakMap();
/** What an exception was found to be: a second look would find the report an old one. */
const found = new WeakMap();

// After each failure that a host sees, typed or not: the report's number is an old one now.
export function look(raw) {
  if (raw.__unpoison_report === undefined) return undefined;
  const at = raw.__unpoison_report() >>> 0;
  const words = new Uint32Array(raw.memory.buffer, at, 13);
  const fresh = looked.get(raw) !== words[11];
  looked.set(raw, words[11]);
  const text = new Uint8Array(raw.memory.buffer, words[3], words[4]);
  return { fresh, kind: words[1], message: new TextDecoder().decode(text) };
}

// {tag, kind, message}, with the tag that it must have been.
export function untagged(raw, e) {
  const known = found.get(e);
  if (known !== undefined) return known;
  if (raw.__unpoison_state === undefined) return { tag: "unknown" };
  if (Object.values(raw).some((value) => value instanceof WebAssembly.Tag)) throw new Error("a tag is exported");
  const { fresh, kind, message } = look(raw);
  const tag = raw.__unpoison_state.value === 0 ? "panic" : thrower(fresh, kind);
  const what = { tag: `__unpoison_${tag}`, kind, message };
  found.set(e, what);
  return what;
}

// Of a sealed instance. What trapped threw nothing itself.
function thrower(fresh, kind) {
  if (!fresh || kind === 5) return "sealed";
  return kind === 1 ? "panic" : "abort";
}
