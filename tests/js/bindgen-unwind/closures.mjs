// Closures of Rust's, and Rust's use of JavaScript's iterators.

import { actions, outcome, watch } from "./host.mjs";

export function closures(glue) {
  const { health } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), health()]);
  const add = glue.adder(10);
  // Its state is as the panic left it.
  note(() => [add(1), add(2)]);
  note(() => add(-1));
  note(() => add(3));
  // It is borrowed while it runs, and no longer.
  const double = glue.doubler((value) => (value < 100 ? double(value) : value));
  note(() => double(3));
  note(() => double(-3));
  const fails = glue.doubler((value) => (value < 100 ? fails(value) : glue.divide(value, 0)));
  note(() => fails(3));
  const error = new RangeError("a callback's");
  const throws = glue.doubler(() => {
    throw error;
  });
  note(() => {
    try {
      return throws(1);
    } catch (e) {
      return e === error;
    }
  });
  const once = glue.once();
  note(() => once(4));
  note(() => once(4));
  const fatal = glue.once();
  note(() => fatal(-4));
  note(() => fatal(4));
  return out;
}

export function lent(glue) {
  const { health } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), health()]);
  const names = ["mut", "fn", "lent"];
  const kept = [];
  const each = (text) => {
    const [sum, thrown] = glue.try_each(text);
    return [sum, thrown && [thrown.name, thrown.message]];
  };
  delete actions.each;
  note(() => glue.sum_each());
  for (const name of names) note(() => each(name));
  actions.each = (f, value) => {
    kept.push(f);
    return f(value === 2 ? -2 : value);
  };
  note(() => glue.sum_each());
  for (const name of names) note(() => each(name));
  // The first and the third come through; the host keeps the panic of the second.
  actions.each = (f, value) => outcome(glue, () => f(value === 2 ? -2 : value));
  note(() => glue.sum_each());
  for (const name of names) note(() => each(name));
  // Enters again while it runs: only what is not exclusive can be.
  actions.each = (f, value) => {
    f(value);
    return glue.divide(1, value === 3 ? 0 : value);
  };
  note(() => glue.sum_each());
  for (const name of names) note(() => each(name));
  // What was lent is gone, also where it panicked.
  for (const f of kept) note(() => f(1));
  return out;
}

export function iterators(glue) {
  const { health } = watch(glue);
  let ended = 0;
  function* values(...list) {
    try {
      for (const value of list) {
        if (value === 13) throw new Error("thirteen");
        yield value;
      }
    } finally {
      ended++;
    }
  }
  const out = [];
  const note = (f) => out.push([outcome(glue, f), health(), ended]);
  note(() => glue.sum_values(values(1, 2, 3)));
  note(() => glue.sum_values(values(1, -2, 3)));
  note(() => glue.sum_values(values(1, 13, 3)));
  note(() => glue.sum_values(values(1, "x", 3)));
  note(() => glue.sum_values(5));
  return out;
}

// wasm-bindgen leaves the panic of this one alone: unpoison's boundary has it.
export function unprotected(glue) {
  const { health } = watch(glue);
  const f = glue.unprotected();
  const out = [outcome(glue, () => f(1)), outcome(glue, () => f(-1)), outcome(glue, () => f(2))];
  return [...out, outcome(glue, () => glue.divide(8, 2)), health()];
}
