// Async functions, tasks that nobody waits for, streams.

import { actions, notes, pause, settled, watch } from "./host.mjs";

export async function promises(glue) {
  const { health } = watch(glue);
  const thirteen = new RangeError("thirteen");
  actions.thirteen = thirteen;
  const out = [];
  const note = async (f) => out.push([await settled(glue, f), health()]);
  for (let at = -1; at <= 3; at++) await note(() => glue.waits(20, at));
  await note(() => glue.waits(12, -1));
  await note(() => glue.waits(12, -1).catch((e) => e === thirteen));
  await note(() => glue.at_once(false));
  await note(() => glue.at_once(true));
  const many = Array.from({ length: 40 }, (_, n) => settled(glue, () => glue.waits(20 + n, (n % 8) - 3)));
  await note(() => Promise.all(many));
  const waiter = new glue.Waiter();
  await note(() => waiter.wait(1));
  await note(() => waiter.wait(99));
  await note(() => Promise.all([1, 99, 2].map((n) => settled(glue, () => waiter.wait(n)))));
  await note(() => waiter.finish(3));
  await note(() => new glue.Waiter().finish(99));
  return out;
}

export async function streams(glue) {
  const { health } = watch(glue);
  async function* values(...list) {
    for (const value of list) {
      await pause();
      if (value === 13) throw new RangeError("thirteen");
      yield value;
    }
  }
  const out = [];
  const note = async (f) => out.push([await settled(glue, f), health()]);
  await note(() => glue.sum_stream(values(1, 2, 3)));
  await note(() => glue.sum_stream(values(1, -2, 3)));
  await note(() => glue.sum_stream(values(1, 13, 3)));
  await note(() => glue.sum_stream(values(1, "x", 3)));
  await note(() => Promise.all([values(4, -4), values(4, 4), values()].map((v) => settled(glue, () => glue.sum_stream(v)))));
  return out;
}

// The panic of a task that nobody waits for is nobody's: the engine says so.
export async function tasks(glue, uncaught) {
  const { owned, health } = watch(glue);
  notes.length = 0;
  for (let n = 0; n < 6; n++) glue.spawns(n, n === 2 || n === 3);
  for (let n = 0; n < 10; n++) await pause();
  const first = [[...notes], uncaught().map(String), owned()];
  for (let n = 6; n < 9; n++) glue.spawns(n, false);
  for (let n = 0; n < 10; n++) await pause();
  return [...first, [...notes], health()];
}
