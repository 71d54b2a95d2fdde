// The ends of an instance, and what is refused afterwards.

import { actions, described, outcome, pause, settled, watch } from "./host.mjs";

// Each ends the instance; answers what the host saw.
const ways = {
  abort: (glue) => outcome(glue, () => glue.abort()),
  alloc: (glue) => outcome(glue, () => glue.allocate(0x7ffffff0)),
  recursion: (glue) => outcome(glue, () => glue.recurse(0)),
  twice: (glue) => outcome(glue, () => glue.panics_twice()),
  forbidden: (glue) => outcome(glue, () => glue.panics_where_forbidden()),
  // The host swallows it; the outer call must not go on.
  swallowed: (glue) => {
    let inner;
    actions.swallow = () => {
      inner = outcome(glue, () => glue.abort());
      return 1;
    };
    const outer = outcome(glue, () => glue.call_host("swallow", 1));
    return { inner, outer };
  },
  caught: (glue) => {
    actions.abort = () => glue.abort();
    return outcome(glue, () => glue.try_host("abort", 1));
  },
  // In a task: the engine has it, and the promise stays open.
  later: async (glue, uncaught) => {
    const never = glue.aborts_later().then(
      () => "answered",
      () => "rejected",
    );
    for (let n = 0; n < 5; n++) await pause();
    const first = uncaught().map((e) => described(glue, e));
    return { first, promise: await Promise.race([never, pause().then(() => "open")]) };
  },
};

export const names = Object.keys(ways);

export async function end(name, glue, uncaught) {
  const raw = glue.__wasm;
  const { steps, owned, health } = watch(glue);
  actions.add = (value) => value + 1;
  // It has been through panics before.
  for (let n = 0; n < 3; n++) outcome(glue, () => glue.panics("before"));
  let account = new glue.Account(5, "five");
  let add = glue.adder(10);
  add(1);
  const pending = settled(glue, () => glue.waits(20, -1));
  let others = Array.from({ length: 50 }, () => [new glue.Account(1, "one"), glue.adder(1)]);
  const healthy = health();
  const first = await ways[name](glue, uncaught);
  const after = [steps(), owned()];
  const entries = [
    () => glue.panics("x"),
    () => glue.divide(4, 2),
    () => glue.parse("12"),
    () => glue.catches("x"),
    () => glue.call_host("add", 1),
    () => glue.try_host("add", 1),
    () => new glue.Account(1, "one"),
    () => account.withdraw(1),
    () => account.balance,
    () => glue.Account.total([1]),
    () => add(1),
    () => glue.adder(1),
    () => glue.once(),
    () => glue.sum_each(),
    () => glue.try_each("mut"),
    () => glue.sum_values([1]),
    () => glue.waits(1, -1),
    () => glue.spawns(1, false),
    () => glue.abort(),
    () => glue.counters(),
    () => raw.raw_panics(1),
    () => account.close(),
  ].map((f) => outcome(glue, f));
  const frees = [() => others[0][0].free(), () => raw.__wbindgen_free?.(8, 8, 8)];
  const seen = {
    healthy,
    first,
    state: raw.__unpoison_state?.value,
    terminated: new Uint32Array(raw.memory.buffer, raw.__instance_terminated.value, 1)[0],
    entries,
    frees: frees.map((f) => outcome(glue, f)),
  };
  // Finalizers of accounts and closures, by the collector itself, where there is a
  // way to call it.
  account = add = undefined;
  others = [];
  for (let n = 0; n < 5; n++) {
    globalThis.gc?.();
    await pause();
  }
  // What waited when it ended never goes on.
  seen.pending = await Promise.race([pending, pause().then(() => "open")]);
  seen.uncaught = uncaught().map((e) => described(glue, e));
  seen.moved = after.join() !== [steps(), owned()].join();
  return seen;
}
