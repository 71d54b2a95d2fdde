// node ctor.mjs CTOR: what comes of the fixture's constructor, as JSON.

import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const CONSTRUCTED = 5;
const NODE = 0xffff_ffff;

function instance(fails) {
  const host = (node) => {
    if (node >>> 0 !== NODE) throw new Error(`host_u32(${node})`);
    return fails;
  };
  const env = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, host]));
  return new WebAssembly.Instance(module, { env }).exports;
}

// The same address in every instance.
const watch = instance(0).watch();
const constructed = ({ memory }) => new DataView(memory.buffer).getUint32(watch + 4 * CONSTRUCTED, true);

const answers = {};
{
  const exports = instance(0);
  const values = [exports.enter_u32(0), exports.enter_u32(0)];
  answers.healthy = [values, constructed(exports)];
}
for (const [name, fails] of [["panic", 20], ["abort", 21], ["trap", 30]]) {
  const exports = instance(fails);
  const [first, once] = [outcome(exports), constructed(exports)];
  const [next, twice] = [outcome(exports), constructed(exports)];
  const state = exports.__unpoison_state?.value ?? null;
  answers[name] = { first, next, constructed: [once, twice], state };
}
process.stdout.write(JSON.stringify(answers));

function outcome(exports) {
  try {
    return exports.enter_u32(0);
  } catch (e) {
    if (!(e instanceof WebAssembly.Exception)) return e.name;
    for (const tag of ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"]) {
      if (!e.is(exports[tag])) continue;
      const report = e.getArg(exports[tag], 0);
      return `${tag} ${new DataView(exports.memory.buffer).getUint32(report + 4, true)}`;
    }
    return "an unknown tag";
  }
}
