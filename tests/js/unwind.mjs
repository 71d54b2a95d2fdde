// node unwind.mjs MODULE < SCRIPTS > LOGS
//
// The host of the fixtures `unwind` and `edges`. Each script runs on an instance of its own:
//   {"calls": [[export, argument, …], …], "hosts": [[action, …], …]}
// The import `host(n)` does the actions of `hosts[n]` and answers n. An action is
//   {"call": [export, …]}  a call whose failure is swallowed
//   {"pass": [export, …]}  one whose failure goes on
//   {"throw": "error" | "exception"}  an object of the host's own, or an exception
//                                     with a tag of another module's
//   {"throw": "stack"}  the engine's own error, when its stack ends in the host
// A log has every call of an export, in the order in which they ended:
//   {"export", "outcome", "state", "watch"}
// with the fixture's `Watch` read from memory, past the module's guard. An object that
// the host threw arrives as {"thrown": "the host's own"} if it is the same.

import { readFileSync } from "node:fs";
import { failure } from "./outcome.mjs";

const WATCHED = 6;
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const scripts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(scripts.map(run)));

function run({ calls, hosts }) {
  const log = [];
  const own = new Set();
  const others = new WebAssembly.Tag({ parameters: ["i32"] });
  const { exports } = new WebAssembly.Instance(module, { env: { host } });
  const watch = exports.watch();
  for (const call of calls) swallow(call);
  return log;

  function host(node) {
    for (const action of hosts[node]) {
      if (action.call) swallow(action.call);
      if (action.pass) enter(action.pass);
      if (action.throw) throw thrown(action.throw);
    }
    return node;
  }

  function thrown(what) {
    if (what === "stack") return exhausted();
    const object =
      what === "exception" ? new WebAssembly.Exception(others, [7]) : new Error("thrown by the host");
    own.add(object);
    return object;
  }

  function exhausted() {
    try {
      return exhausted();
    } catch (e) {
      return e;
    }
  }

  function swallow(call) {
    try {
      enter(call);
    } catch {
      // It is in the log.
    }
  }

  function enter([name, ...args]) {
    if (typeof exports[name] !== "function") throw new Error(`no export ${name}`);
    let outcome;
    try {
      outcome = { ok: exports[name](...args) ?? null };
    } catch (e) {
      outcome = own.has(e) ? { thrown: "the host's own" } : failure(exports, e);
      throw e;
    } finally {
      const view = new DataView(exports.memory.buffer, watch, 4 * WATCHED);
      const words = Array.from({ length: WATCHED }, (_, at) => view.getUint32(4 * at, true));
      const state = exports.__unpoison_state?.value ?? null;
      log.push({ export: name, outcome, state, watch: words });
    }
  }
}
