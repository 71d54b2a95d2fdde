// node values.mjs TREE HOST CALLER: values of every type through the fixture `tree`,
// what came of them as JSON (`tests/tests/guard/values.rs`).

import { readFileSync } from "node:fs";

const [tree, host, caller] = process.argv
  .slice(2)
  .map((path) => new WebAssembly.Module(readFileSync(path)));

function instance(env = {}) {
  const { host_v128 } = new WebAssembly.Instance(host).exports;
  const never = () => {
    throw new Error("not to be called");
  };
  const all = Object.fromEntries(WebAssembly.Module.imports(tree).map(({ name }) => [name, never]));
  return new WebAssembly.Instance(tree, { env: { ...all, host_v128, ...env } }).exports;
}

const answers = {};

answers.v128 = new WebAssembly.Instance(caller, { tree: instance() }).exports.call();

{
  const came = [];
  const exports = instance({
    host_multi: (a, b, c, d) => {
      came.push(a, b, c, d);
      // In the other order, each as large as its type.
      return [d, c, b, a];
    },
  });
  const [d, c, b, a] = exports.raw_multi(-7, 2n ** 62n + 1n, -0, 2 ** 53);
  if (came.length !== 4 || !Object.is(c, -0) || d !== 2 ** 53) throw new Error(`${came}`);
  answers.multi = [`${BigInt(d) + 1n}`, Object.is(c, -0) ? "-0" : `${c}`, `${b}`, `${a}`];
  answers.dropped = exports.raw_drop_multi(77);
}

{
  const values = [{}, Symbol("s"), null, undefined, "text", 1n, () => {}];
  const seen = [];
  const exports = instance({
    host_externref: (n, value) => {
      seen.push(n);
      return value;
    },
    host_funcref: (f) => f,
  });
  answers.externref =
    values.every((value, at) => exports.raw_externref(at, value) === value) &&
    seen.every((n, at) => n === at);
  const { raw_funcref, enter_u32 } = exports;
  answers.funcref = raw_funcref(enter_u32) === enter_u32 && raw_funcref(null) === null;
}

{
  const thrown = { any: "object" };
  const exports = instance({
    host_externref: () => {
      throw thrown;
    },
  });
  try {
    exports.raw_externref(0, null);
  } catch (e) {
    answers.thrown = e === thrown && (exports.__unpoison_state?.value ?? 0) === 0;
  }
}

// What a host can see of the exports besides calling them.
answers.shapes = WebAssembly.Module.exports(tree)
  .filter(({ name }) => !name.startsWith("__unpoison_"))
  .map(({ name, kind }) => [name, kind, kind === "function" ? instance()[name].length : null]);

if (WebAssembly.Module.exports(tree).some(({ name }) => name === "__unpoison_state")) {
  // Sealed by a trap before anything else is called.
  const exports = instance();
  trap(exports);
  answers.refused = {};
  for (const [name, f] of functions(exports)) answers.refused[name] = thrownBy(exports, f);

  // Sealed by a trap inside the import that each of these calls.
  answers.stopped = {};
  for (const name of Object.keys(answers.refused)) {
    const nested = instance({
      host_multi: (a, b, c, d) => (trap(nested), [d, c, b, a]),
      host_externref: (_, value) => (trap(nested), value),
      host_funcref: (f) => (trap(nested), f),
    });
    if (!/^raw_(multi|drop_multi|externref|funcref)$/.test(name)) trap(nested);
    answers.stopped[name] = thrownBy(nested, nested[name]);
  }
}

process.stdout.write(JSON.stringify(answers));

function functions(exports) {
  return Object.entries(exports).filter(
    // JavaScript cannot call what takes a v128.
    ([name, f]) => typeof f === "function" && name !== "raw_v128" && name !== "__unpoison_report",
  );
}

// The program is empty but for the first node: a load far outside.
function trap(exports) {
  const program = exports.program();
  const words = new DataView(exports.memory.buffer);
  words.setUint32(program, 1, true);
  words.setUint32(program + 4, 30, true);
  try {
    exports.enter_u32(0);
  } catch (e) {
    if (e instanceof WebAssembly.RuntimeError) return;
    throw e;
  }
  throw new Error("it did not trap");
}

function thrownBy(exports, f) {
  try {
    f(0, null, 0, 0);
  } catch (e) {
    if (e instanceof TypeError) return thrownBy(exports, () => f(...zeros(f)));
    if (!(e instanceof WebAssembly.Exception)) return `${e}`;
    const tag = "__unpoison_sealed";
    if (!e.is(exports[tag])) return "another tag";
    const at = e.getArg(exports[tag], 0) >>> 0;
    if (at !== exports.__unpoison_report() >>> 0) return "another report";
    return [tag, [...new Uint32Array(exports.memory.buffer, at, 11)]];
  }
  return "nothing";
}

// Arguments for exports that take an i64 or a funcref.
function zeros(f) {
  const kinds = [[0n], [null], [0, 0n, 0, 0], [0]];
  return kinds.find((args) => {
    try {
      f(...args);
      return true;
    } catch (e) {
      return !(e instanceof TypeError);
    }
  });
}
