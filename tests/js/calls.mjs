// node calls.mjs time PLAIN UNPOISONED ROUNDS CALLS > TIMES
// node calls.mjs size ON OFF > SIZES
//
// What the guard costs, by the fixture `calls`.
//
// TIMES is JSON: {"in": row, "out": row}, each row the median of the rounds as
//   {"plain": ns a call, "unpoisoned": …, "javascript": …}
// where "javascript" is the plain module behind a guard that does in JavaScript what
// unpoison's does inside, save for the shadow stack pointer, which a plain module does
// not export.
//
// SIZES is JSON: {"guards": number of guards in ON, "added": bytes that ON has more
// than OFF without names, "names": bytes of names that it has more}.

import { readFileSync } from "node:fs";

const [what, one, other, ...numbers] = process.argv.slice(2);
const [rounds, calls] = numbers.map(Number);
process.stdout.write(JSON.stringify(what === "size" ? sizes(one, other) : times(one, other)));

// Each variant gets functions of its own from source of its own: engines keep what
// they learn about calls by source position and cache by text, so a loop that had
// called several modules would be slower for each of them.
function own(variant, source, ...names) {
  return new Function(...names, `"use strict"; /* ${variant} */ return ${source};`);
}

function times(plain, unpoisoned) {
  const [bare, guarded] = [plain, unpoisoned].map((path) => new WebAssembly.Module(readFileSync(path)));
  const variants = {
    plain: variant("plain", bare),
    unpoisoned: variant("unpoisoned", guarded),
    javascript: variant("javascript", bare, javascript),
  };
  // The first two rounds are for the engine to compile everything, and do not count.
  const seen = {};
  for (let round = -2; round < rounds; round++) {
    for (const [name, loops] of Object.entries(variants)) {
      for (const [way, loop] of Object.entries(loops)) {
        const start = process.hrtime.bigint();
        const answer = loop(calls);
        const took = Number(process.hrtime.bigint() - start);
        if (answer !== (calls | 0)) throw new Error(`${name} ${way}: ${answer}`);
        if (round >= 0) ((seen[way] ??= {})[name] ??= []).push(took / calls);
      }
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  const medians = (row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, median(v)]));
  return { in: medians(seen.in), out: medians(seen.out) };
}

function variant(name, module, guard = (_, host) => ({ host, wrap: (exports) => exports })) {
  const { host, wrap } = guard(name, own(name, "(x) => (x + 1) | 0")());
  const { add, call_out } = wrap(new WebAssembly.Instance(module, { env: { host } }).exports);
  const into = own(name, "(n) => { let x = 0; for (let i = 0; i < n; i++) x = add(x, 1); return x; }", "add");
  // In pieces: engines do not replace a wasm function by better code while it runs.
  const out = own(
    name,
    "(n) => { let x = 0; for (let i = 0; i < n; i += 1000) x += call_out(1000); return x; }",
    "call_out",
  );
  return { in: into(add), out: out(call_out) };
}

// Like the guard inside, this catches nothing: a call that never left is noticed by
// the next that comes.
function javascript(name, host) {
  return own(
    name,
    `(() => {
      let inside = 0;
      let sealed = 0;
      function refuse() {
        sealed = 1;
        inside = 0;
        throw new Error("sealed");
      }
      return {
        host: (x) => {
          const before = inside;
          inside = 0;
          const result = host(x);
          if (inside | sealed) refuse();
          inside = before;
          return result;
        },
        wrap: (exports) => {
          const add = exports.add;
          const call_out = exports.call_out;
          return {
            add: (a, b) => {
              if (inside | sealed) refuse();
              inside = 1;
              const result = add(a, b);
              inside = 0;
              return result;
            },
            call_out: (n) => {
              if (inside | sealed) refuse();
              inside = 1;
              const result = call_out(n);
              inside = 0;
              return result;
            },
          };
        },
      };
    })()`,
    "host",
  )(host);
}

function sizes(on, off) {
  const [more, less] = [on, off].map((path) => {
    const bytes = readFileSync(path);
    const module = new WebAssembly.Module(bytes);
    const [names] = WebAssembly.Module.customSections(module, "name");
    return { module, all: bytes.length, names: names.byteLength };
  });
  const names = more.names - less.names;
  // Each function that the host calls or is called by.
  const ways = [...WebAssembly.Module.exports(more.module), ...WebAssembly.Module.imports(more.module)];
  const guards = ways.filter(({ kind, name }) => kind === "function" && !name.startsWith("__unpoison")).length;
  return { guards, added: more.all - less.all - names, names };
}
