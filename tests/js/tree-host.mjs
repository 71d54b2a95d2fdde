// The host of the fixture `tree`: makes one instance, walks the host's side of a tree
// of calls, and writes down what came of every call into the module. Nothing in here
// belongs to an engine: Node, browsers and workerd use it alike.
//
// A tree (`tests/tests/guard/tree.rs`):
//   program  words for the module's `program()`
//   fails    the word for `fails()`: what goes wrong in the hook
//   host     the host's nodes: {steps: [[node, variant, onFailure], …], throws}; what it throws
//           is 0 for nothing, 1 for an object, 2 for the end of the engine's stack
//   top      the host's node to begin with
// The answer: {log: [{node, outcome, state, watch}, …], end}; an outcome is
//   {value} | {exception: {tag, kind, message}} | {trap: class} | {foreign: node}

const TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];
const TABLE = "__indirect_function_table";
const WATCHED = 7;
const SWALLOWED = 0x5a110ed;
const text = new TextDecoder("utf-8", { fatal: true });

class Foreign extends Error {
  constructor(node) {
    super(`thrown by host node ${node}`);
    this.node = node;
  }
}

// Values cross as the variant's type and mean the same number in each of them.
const widen = (word) => (BigInt(word >>> 0) << 24n) | 0x5a5a5an;
function narrow(wide) {
  if ((wide & 0xffffffn) !== 0x5a5a5an) throw new Error(`a wide value was cut: ${wide}`);
  return Number(BigInt.asUintN(32, wide >> 24n));
}
const VARIANTS = [
  ["u32", (n) => [n], (v) => v >>> 0],
  ["twin", (n) => [n], (v) => v >>> 0],
  ["i64", (n) => [widen(n)], narrow],
  ["f32", (n) => [n], (v) => v],
  ["f64", (n) => [n + 0.5], (v) => v - 0.5],
  ["mixed", (n) => [0.5, -(2n ** 63n), n, -1.25], narrow],
  // Not an export: a slot of the table.
  ["slot", (n) => [n], (v) => v >>> 0],
];

export function runTree(module, tree) {
  const log = [];
  const foreign = new Map();
  const env = {
    host_u32: (n) => host(n >>> 0) | 0,
    host_i64: (n) => widen(host(narrow(n))),
    host_f32: (n) => host(n) & 0x7fffff,
    host_f64: (n) => host(n - 0.5) + 0.5,
    host_mixed: (half, wide, n, double) => {
      if (half !== 0.5 || wide !== -(2n ** 63n) || double !== -1.25) throw new Error("mixed up");
      return widen(host(n >>> 0));
    },
    host_v128: () => {},
    host_multi: () => {},
    host_externref: () => {},
    host_funcref: () => {},
  };
  if (WebAssembly.Module.imports(module).some(({ name }) => name === TABLE)) {
    env[TABLE] = fitting(module, env);
  }
  const { exports } = new WebAssembly.Instance(module, { env });
  let memory = new DataView(exports.memory.buffer);
  const watch = exports.watch();
  const program = exports.program();
  const slot = (env[TABLE] ?? exports[TABLE])?.get(exports.slot());
  tree.program.forEach((word, at) => memory.setUint32(program + 4 * at, word, true));
  memory.setUint32(exports.fails(), tree.fails, true);

  let end = null;
  try {
    end = { value: host(tree.top) };
  } catch (e) {
    end = outcome(e);
  }
  return { log, end };

  function host(id) {
    const node = tree.host[id];
    if (node === undefined) throw new Error(`no host node ${id}`);
    let answer = id;
    for (const [child, variant, onFailure] of node.steps) {
      let came;
      try {
        came = enter(child, variant);
      } catch (e) {
        if (onFailure === 0) throw e;
        if (onFailure === 2) throw thrownBy(id);
        came = SWALLOWED;
      }
      answer = ((answer << 5) | (answer >>> 27)) ^ came;
      answer >>>= 0;
    }
    if (node.throws === 1) throw thrownBy(id);
    if (node.throws === 2) throw exhausted();
    return answer;
  }

  // The engine's own error at the end of its stack.
  function exhausted() {
    try {
      return exhausted();
    } catch (e) {
      return e;
    }
  }

  function enter(node, variant) {
    const [name, there, back] = VARIANTS[variant];
    try {
      const callee = name === "slot" ? slot : exports[`enter_${name}`];
      const value = back(callee(...there(node)));
      note(node, { value });
      return value;
    } catch (e) {
      note(node, outcome(e));
      throw e;
    }
  }

  function note(node, what) {
    const watched = Array.from({ length: WATCHED }, (_, i) => current().getUint32(watch + 4 * i, true));
    log.push({ node, outcome: what, state: exports.__unpoison_state?.value ?? 0, watch: watched });
  }

  function thrownBy(id) {
    const thrown = new Foreign(id);
    foreign.set(id, thrown);
    return thrown;
  }

  // The memory may have grown.
  function current() {
    if (memory.buffer !== exports.memory.buffer) memory = new DataView(exports.memory.buffer);
    return memory;
  }

  function outcome(e) {
    if (e instanceof Foreign) {
      if (foreign.get(e.node) !== e) return { lost: "another object than the one thrown" };
      return { foreign: e.node };
    }
    if (e instanceof WebAssembly.Exception) return { exception: exception(e) };
    if (e instanceof WebAssembly.RuntimeError || e instanceof RangeError) return { trap: trap(e) };
    return { lost: `${e?.stack ?? e}` };
  }

  function exception(e) {
    const tag = TAGS.find((name) => exports[name] && e.is(exports[name]));
    if (tag === undefined) return { tag: "unknown", kind: 0, message: null };
    const at = e.getArg(exports[tag], 0) >>> 0;
    const newest = exports.__unpoison_report() >>> 0;
    if (at !== newest) return { tag: `${tag} with the report ${at}, not ${newest}`, kind: 0, message: null };
    const view = current();
    const [address, length] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    const bytes = new Uint8Array(exports.memory.buffer, address, length);
    return {
      tag,
      kind: view.getUint32(at + 4, true),
      message: address === 0 ? null : text.decode(bytes),
    };
  }
}

// A table that a module takes: the engine says which only by refusing others.
const sizes = new WeakMap();
function fitting(module, env) {
  for (let size = sizes.get(module) ?? 1; size < 10_000; size++) {
    const table = new WebAssembly.Table({ element: "anyfunc", initial: size, maximum: size });
    try {
      new WebAssembly.Instance(module, { env: { ...env, [TABLE]: table } });
      sizes.set(module, size);
      return new WebAssembly.Table({ element: "anyfunc", initial: size, maximum: size });
    } catch (e) {
      if (!(e instanceof WebAssembly.LinkError)) throw e;
    }
  }
  throw new Error("no table fits");
}

// The engines' words for a trap, as what happened.
export function trap(e) {
  const classes = [
    ["stack", /call stack|stack overflow/],
    ["memory", /memory access out of bounds|index out of bounds/],
    ["division", /divide by zero/],
    ["indirect", /null function|signature mismatch|table index/],
    ["unreachable", /unreachable/],
  ];
  const found = classes.find(([, words]) => words.test(e.message));
  return found ? found[0] : `${e.name}: ${e.message}`;
}
