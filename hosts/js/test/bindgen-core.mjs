// What wasm-bindgen's glue must do alike in every engine, told as JSON: for hosts without
// `node:test`.

/**
 * @param {typeof import("../src/index.js")} unpoison
 * @param {() => Promise<[object, object?]>} load the glue of the fixture `bindgen`, another
 *   each time, and options for it
 */
export async function tell({ recoverBindgen, ...classes }, load) {
  const told = [];
  const pause = () => new Promise((done) => setTimeout(done, 1));
  const keep = [];
  globalThis.host = {
    call: (_name, value) => keep[0](value),
    text: (text) => `${text}?`,
    keep: (closure) => closure(1),
    each: (f) => [1, 2, 3].forEach((value) => f(value)),
    value: (value) => value,
    later: async (value) => {
      if (value === 13) throw new Error("thirteen");
      await pause();
      return value + 1;
    },
  };
  const described = (e) => {
    const name = Object.keys(classes).find((name) => e.constructor === classes[name]);
    if (name === undefined) return `${e}`;
    const { kind, file, line, stackOverflow, generation, current } = e;
    // Of a trap the engines have words of their own.
    const message = kind === "trap" ? "" : e.message;
    return { name, kind, message, file, line, stackOverflow, generation, current, failure: e.failure?.kind };
  };
  const outcome = (f) => {
    try {
      return JSON.stringify(f());
    } catch (e) {
      return described(e);
    }
  };
  const settled = (promise) => promise.then((value) => `${value}`, described);
  const fresh = async () => recoverBindgen(...(await load()));

  const r = await fresh();
  const { exports: x } = r;
  told.push(outcome(() => [x.greet("wörld €"), x.shout("straße"), x.reverse([1, "two", null]), x.names()]));
  const fails = [
    () => x.fail("it failed"),
    () => x.abort(),
    () => x.allocate(0x7fff_fff0),
    () => x.recurse(0),
    () => new x.Counter(5, "five").add_or_panic(1000),
    () => x.adder(10)(-1),
  ];
  for (const fail of fails) {
    const counter = new x.Counter(5, "five");
    const add = x.adder(10);
    told.push(outcome(() => [counter.add(2), counter.label, add(1), add(2)]));
    told.push({ failed: outcome(fail), generation: r.generation, after: r.failure?.kind });
    const uses = [() => counter.add(1), () => counter.label, () => counter.into_value(), () => add(1), () => counter.free()];
    for (const use of uses) told.push(outcome(use));
    told.push(outcome(() => [x.greet("you"), new x.Counter(7, "seven").add(1), x.adder(1)(1), x.sum_each()]));
    for (const use of uses) told.push(outcome(use));
    told.push(r.generation);
  }

  // Nested, and swallowed.
  keep[0] = () => {
    told.push(outcome(() => x.fail("inside")), outcome(() => x.greet("x")));
    return 1;
  };
  told.push(outcome(() => x.call_host("swallow", 1)), outcome(() => x.greet("you")));

  told.push(await settled(x.twice(20)), await settled(x.twice(13)));
  const waiting = settled(x.twice(20));
  told.push(await settled(x.twice(-100)), await waiting, await settled(x.twice(20)));
  const aborted = settled(x.twice(20));
  told.push(outcome(() => x.abort()), await aborted);
  const replaced = settled(x.twice(20));
  r.reinit();
  told.push(await replaced, await settled(x.twice(20)), r.generation);
  return told;
}
