// The scenarios of `jspi.mjs`, for any engine that has JSPI.

let waiting = [];
let notes = [];
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

// A promise that ends when the scenario says so: a fulfilled one with `id`.
function wait(id) {
  return new Promise((resolve, reject) => waiting.push({ id, resolve, reject }));
}

let glue;
globalThis.host = {
  wait,
  promise: wait,
  sync: (id) => glue.scribble(id) + 1,
  note: (text) => notes.push(text),
};

const told = (e) => {
  if (e instanceof WebAssembly.Exception) return "an exception";
  return e instanceof WebAssembly.RuntimeError ? "a trap" : `${e?.name ?? "thrown"}: ${e?.message ?? e}`;
};
const settled = (promise) =>
  Promise.resolve(promise).then((value) => ({ ok: value }), (e) => ({ error: told(e) }));

// Ends waits until nobody waits, each time the one that `next` picks.
async function settle(next, reject = () => false) {
  for (let turn = 0; turn < 500; turn++) {
    await pause();
    if (waiting.length === 0) return;
    const [{ id, resolve, reject: refuse }] = waiting.splice(next(waiting.length, turn), 1);
    if (reject(id)) refuse(`no ${id}`);
    else resolve(id);
  }
  throw new Error("somebody waits for ever");
}

const orders = {
  first: () => 0,
  last: (n) => n - 1,
  middle: (n) => n >> 1,
  mixed: (n, turn) => (turn * 7919) % n,
};

// Calls made at once, their waits ended in an order, with other calls in between.
const together = (calls, order, reject) => async () => {
  const results = calls.map((call) => settled(call()));
  const done = settle((n, turn) => {
    glue.scribble(turn);
    return orders[order](n, turn);
  }, reject);
  await done;
  return Promise.all(results);
};

const scenarios = {};
for (const order of Object.keys(orders)) {
  scenarios[`one ${order}`] = together([() => glue.fiber(1, 3)], order);
  scenarios[`three ${order}`] = together([1, 2, 3].map((id) => () => glue.fiber(id, id)), order);
  scenarios[`deep ${order}`] = together([1, 2].map((id) => () => glue.fiber(id, 40)), order);
  scenarios[`nested calls ${order}`] = together([10, 20, 30].map((id) => () => glue.fiber_nests(id)), order);
  scenarios[`tasks ${order}`] = together([10, 20].map((id) => () => glue.fiber_task(id)), order);
  scenarios[`rejections ${order}`] = together(
    [1, 2, 3, 4].map((id) => () => glue.fiber_tries(id)),
    order,
    (id) => id % 2 === 0,
  );
  scenarios[`rejections that go on ${order}`] = together(
    [() => glue.fiber_rejects(1), () => glue.fiber(3, 2), () => glue.fiber_rejects(2)],
    order,
    (id) => id === 1,
  );
}
scenarios["no wait"] = together([() => glue.fiber_at_once(5), () => glue.fiber(6, 1)], "first");

const panics = {};
for (const order of Object.keys(orders)) {
  panics[`one of three panics ${order}`] = together(
    [() => glue.fiber(1, 4), () => glue.fiber_panics(2), () => glue.fiber(3, 4)],
    order,
  );
  panics[`two of three panic ${order}`] = together(
    [() => glue.fiber_panics(1), () => glue.fiber(2, 4), () => glue.fiber_panics(3)],
    order,
  );
}

// A generator of numbers, the same in every engine (mulberry32).
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

// Calls that begin and go on at random, some waits refused, other calls in between; what
// came when. With `panic`s among them.
const random = (seed, panic) => async () => {
  const below = numbers(seed);
  const log = [];
  const kinds = [
    (id) => glue.fiber(id, below(6)),
    (id) => glue.fiber_tries(id),
    (id) => glue.fiber_rejects(id),
    (id) => glue.fiber_nests(id),
    (id) => glue.fiber_at_once(id),
    (id) => glue.fiber_task(id),
    ...(panic ? [(id) => glue.fiber_panics(id), (id) => glue.fiber_panics(id)] : []),
  ];
  let calls = 0;
  const begin = () => {
    const id = 10 * ++calls;
    const kind = below(kinds.length);
    log.push(`${id} begins as ${kind}`);
    settled(kinds[kind](id)).then((end) => log.push([id, end]));
  };
  if (panic) settled(glue.fiber_panics(5)).then((end) => log.push([5, end]));
  for (let turn = 0; turn < 300; turn++) {
    await pause();
    const [begins, refuses] = [below(3) === 0, below(6) === 0];
    if (calls < 10 && (begins || waiting.length === 0)) begin();
    else if (waiting.length === 0) break;
    else {
      const [{ id, resolve, reject }] = waiting.splice(below(waiting.length), 1);
      log.push(`${id} ${refuses ? "is refused" : "goes on"}, ${glue.scribble(turn)}`);
      if (refuses) reject(`no ${id}`);
      else resolve(id);
    }
  }
  await settle(() => 0);
  return log;
};
for (let seed = 1; seed <= 16; seed++) {
  scenarios[`random ${seed}`] = random(seed, false);
  panics[`random, with panics, ${seed}`] = random(seed, true);
}

// Calls after a failure: whether Rust answers.
async function after() {
  const later = [() => glue.scribble(4), () => glue.fiber_at_once(4), () => glue.dropped()];
  const results = [];
  for (const call of later) {
    let promise;
    try {
      promise = call();
    } catch (e) {
      promise = Promise.reject(e);
    }
    results.push(await settled(promise));
  }
  return results;
}

export async function all(fresh, uncaught) {
  const outcomes = {};
  for (const [name, scenario] of Object.entries({ ...scenarios, ...panics })) {
    [waiting, notes] = [[], []];
    uncaught();
    glue = await fresh(name);
    let seen;
    try {
      seen = await scenario();
    } catch (e) {
      seen = told(e);
    }
    const state = glue.__wasm.__unpoison_state?.value ?? 0;
    outcomes[name] = { seen, notes: [...notes], after: await after(), uncaught: uncaught().map(told), state };
  }
  return outcomes;
}
