// What a host sees of calls, in every engine alike: `tests/engines/src/steps.rs` says it in
// types. For engines that have no more than the language, as far as that goes.

const TAGS = { __unpoison_panic: "panic", __unpoison_abort: "abort", __unpoison_sealed: "sealed" };

/** Makes each run on an instance of its own; or says which modules the engine takes. */
export const walk = (module, runs) =>
  runs.modules?.map((bytes) => WebAssembly.validate(new Uint8Array(bytes))) ?? runs.map((run) => walkOne(module, run));

function unreachable() {
  throw new Error("an import was called that is nobody's");
}

function walkOne(module, run) {
  const own = new Error("the host's own");
  const log = [];
  const env = {
    host_step() {
      if (run.host === null) throw own;
      for (const call of run.host.calls) {
        const error = perform(call, true);
        if (error !== undefined && !run.host.swallow) throw error;
      }
      return 7;
    },
  };
  // What no run calls.
  for (const { name } of WebAssembly.Module.imports(module)) env[name] ??= () => unreachable();
  const { exports } = new WebAssembly.Instance(module, { env });
  const state = exports.__unpoison_state;

  /** Makes a call and writes down what came; answers what was thrown. */
  function perform({ export: name, args }, nested) {
    let value = null;
    let ended = null;
    let error;
    try {
      if (name === "=state") {
        [state.value] = args;
        value = "";
      }
      // Numbers of 64 bits are texts.
      else value = String(exports[name](...args.map((arg) => (typeof arg === "string" ? BigInt(arg) : arg))) ?? "");
    } catch (e) {
      error = e;
      ended = how(e);
    }
    log.push({ nested, value, ended, state: state.value, report: report() });
    return error;
  }

  function how(e) {
    if (e === own) return "host";
    const tag = Object.keys(TAGS).find((name) => exports[name] && e instanceof WebAssembly.Exception && e.is(exports[name]));
    if (tag !== undefined) return TAGS[tag];
    // The end of the engine's stack is a RangeError in some, an InternalError in others.
    const stopped = e instanceof WebAssembly.RuntimeError || ["RangeError", "InternalError"].includes(e.name);
    return stopped ? "trap" : `${e}`;
  }

  function report() {
    const at = exports.__unpoison_report() >>> 0;
    if (at === 0) return null;
    const words = new Uint32Array(exports.memory.buffer, at, 13);
    const text = (i) => (words[i] === 0 ? null : decoded(new Uint8Array(exports.memory.buffer, words[i], words[i + 1])));
    return {
      version: words[0],
      kind: words[1],
      message: text(3),
      file: text(5),
      line: words[7],
      column: words[8],
      size: words[9],
      align: words[10],
      number: words[11],
      cause: words[12],
    };
  }

  for (const call of run.calls) perform(call, false);
  return log;
}

/** Without a `TextDecoder`, which JavaScriptCore's shell has not. */
const decoded = (bytes) => decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
