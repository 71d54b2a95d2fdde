// What every engine must do alike, told as JSON: for hosts without `node:test`.

/**
 * @param {typeof import("../src/index.js")} unpoison
 * @param {WebAssembly.Module} module the fixture `ledger`
 * @param {BufferSource} bytes its bytes
 */
export async function tell({ recover, recoverSync, decode, ...classes }, module, bytes) {
  const told = [];
  const nested = { step: (n) => n };
  const imports = { env: { host_step: (n) => nested.step(n) } };
  const init = (exports) => exports.open(10, 100n);

  function described(e) {
    const name = Object.keys(classes).find((name) => e.constructor === classes[name]);
    if (name === undefined) return `${e}`;
    const { kind, file, size, align, stackOverflow } = e;
    // Safari has a line and a column of its own for each error.
    const { line, column } = kind === undefined ? {} : e;
    const site = e.site?.function;
    const failure = e.failure && described(e.failure);
    // Of a trap the engines have words of their own.
    const message = kind === "trap" || failure?.kind === "trap" ? "" : e.message;
    // Safari's and Firefox' begin with the first frame.
    const headed = !e.stack.startsWith(`${name}:`) || e.stack.includes(message);
    // Which of the two stacks ends first is the engine's.
    const overflow = kind === "trap" ? stackOverflow !== false : stackOverflow;
    return { name, kind, message, file, line, column, size, align, overflow, site, failure, headed };
  }
  const outcome = (f) => {
    try {
      return `${f()}`;
    } catch (e) {
      return described(e);
    }
  };

  // Each way to fail, by each way to go on.
  for (const checkpoint of [undefined, "init", "manual", "call"]) {
    const r = await recover(module, imports, { init, checkpoint, bytes });
    for (let kind = 1; kind <= 9; kind++) {
      if (kind === 7) continue;
      r.exports.transfer(0, 1, 1n, 0);
      if (kind === 5 && checkpoint === "manual") r.checkpoint();
      const failure = outcome(() => r.exports.transfer(0, 1, 1n, kind));
      const after = [r.exports.committed(), r.exports.sum()].join();
      told.push({ checkpoint, kind, failure, after, generation: r.generation });
    }
  }

  // Nested, and let through or swallowed.
  for (const swallow of [true, false]) {
    for (const kind of [1, 2, 5, 9]) {
      const r = recoverSync(module, imports, { init });
      let inner;
      nested.step = (n) => {
        inner = outcome(() => r.exports.transfer(0, 1, 1n, kind));
        const refused = outcome(() => r.exports.sum());
        told.push({ inner, refused });
        if (!swallow) throw new Error("the host's own");
        return n;
      };
      const outer = outcome(() => r.exports.step(0));
      nested.step = (n) => n;
      told.push({ outer, after: outcome(() => r.exports.sum()), generation: r.generation });
    }
  }

  // Exceptions that are not the module's.
  const r = recoverSync(module, imports, { init });
  const throwing = {
    error: () => {
      throw new Error("the host's own");
    },
    trap: () => {
      const { exports } = new WebAssembly.Instance(module, imports);
      init(exports);
      exports.transfer(0, 1, 1n, 5);
    },
    recursion: function again() {
      return again() + 1;
    },
  };
  for (const [name, step] of Object.entries(throwing)) {
    nested.step = step;
    const e = caught(() => r.exports.step(0));
    told.push({ name, type: e.name.replace("InternalError", "RangeError"), same: decode(r.instance, e) === e || name === "trap", sum: `${r.exports.sum()}`, generation: r.generation });
  }
  nested.step = (n) => n;

  // Views.
  const view = r.memory.view(Uint8Array, r.exports.grow(1, 7), 16);
  const { buffer } = r.memory;
  r.exports.grow(20, 8);
  told.push({ byte: view.get()[5], detached: buffer.byteLength === 0 });
  const raw = r.memory.buffer;
  r.reinit();
  told.push({ stale: described(caught(() => view.get())), detached: raw.byteLength === 0 });
  return told;
}

function caught(f) {
  try {
    f();
  } catch (e) {
    return e;
  }
  throw new Error("nothing was thrown");
}
