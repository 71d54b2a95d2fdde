// Functions and methods; JavaScript's exceptions through Rust.

import { actions, outcome, watch } from "./host.mjs";

export function functions(glue) {
  const { health } = watch(glue);
  const calls = [
    () => glue.panics("it failed: é"),
    () => glue.panics(""),
    () => glue.panics("long ".repeat(20)),
    () => glue.panics_with_number(),
    () => glue.divide(1, 0),
    () => glue.divide(-2147483648, -1),
    () => glue.divide(9, 3),
    () => glue.parse("twelve"),
    () => glue.parse("12"),
    () => glue.catches("inside"),
  ];
  return calls.map((f) => [outcome(glue, f), health()]);
}

export function methods(glue) {
  const { health, owned } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), owned()]);
  note(() => new glue.Account(-1, "minus"));
  const account = new glue.Account(100, "one");
  const other = new glue.Account(950, "two");
  note(() => account.withdraw(101));
  note(() => account.withdraw(40));
  note(() => account.balance_or_panic(60));
  note(() => account.balance_or_panic(61));
  note(() => account.initial);
  note(() => {
    account.label = "much too long";
  });
  note(() => {
    account.label = "";
  });
  note(() => account.initial);
  note(() => glue.Account.total([2147483647, 1]));
  note(() => glue.Account.total([1, 2, 3]));
  // Both were borrowed; what was done until the panic stays done.
  note(() => account.take_all(other));
  note(() => [account.balance, other.balance]);
  // One account as both.
  note(() => account.take_all(account));
  note(() => account.balance);
  note(() => account.close());
  note(() => account.balance);
  note(() => other.close());
  note(() => other.close());
  out.push(health());
  return out;
}

export function borrows(glue) {
  const { health } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), health()]);
  const account = new glue.Account(5, "five");
  const error = new TypeError("from the host");
  let inner;
  actions.again = () => {
    inner = outcome(glue, () => account.withdraw(1));
    return 1;
  };
  actions.panics = () => glue.panics("below");
  actions.throw = () => {
    throw error;
  };
  // While the host runs, the account is borrowed; afterwards it is not.
  note(() => [account.ask("again"), inner]);
  note(() => account.withdraw(1));
  note(() => account.ask("panics"));
  note(() => account.withdraw(1));
  note(() => account.ask("throw"));
  note(() => account.withdraw(1));
  account.free();
  note(() => account.withdraw(1));
  return out;
}

export function exceptions(glue) {
  const { health } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), health()]);
  const thrown = [new TypeError("an error"), "a text", 7, null, undefined, { an: "object" }];
  // As the same object: past Rust, and in Rust's hands.
  for (const value of thrown) {
    actions.throw = () => {
      throw value;
    };
    const caught = (name) => {
      try {
        return glue.call_host(name, 1);
      } catch (e) {
        return e === value;
      }
    };
    actions.through = () => glue.call_host("throw", 1);
    actions.kept = () => (caught("through") ? 5 : 6);
    note(() => caught("throw"));
    note(() => caught("through"));
    // Where frames are between the import and the export, those are dropped.
    note(() => {
      try {
        return glue.call_host_below("throw", 1);
      } catch (e) {
        return e === value;
      }
    });
    note(() => glue.call_host("kept", 1));
    note(() => {
      try {
        return glue.try_host("through", 1);
      } catch (e) {
        return e[0] === value;
      }
    });
  }
  // A panic is an exception for whoever is above.
  actions.panics = () => glue.panics("below");
  actions.deep = (value) => (value > 0 ? glue.call_host("deep", value - 1) + 1 : glue.divide(1, 0));
  actions.swallows = (value) => outcome(glue, () => glue.divide(value, 0)).panic.length;
  note(() => glue.call_host("panics", 1));
  note(() => {
    try {
      return glue.try_host("panics", 1);
    } catch (e) {
      return [e[0].name, e[0].message, e[0] instanceof Error];
    }
  });
  note(() => glue.call_host("deep", 20));
  note(() => glue.call_host("swallows", 1));
  // A destructor calls the host, which calls Rust, while a panic unwinds.
  let seen = [];
  actions.dropped = (value) => {
    seen = [value, glue.divide(9, 3), outcome(glue, () => glue.divide(1, 0)).panic];
    return 1;
  };
  note(() => glue.panics_and_calls());
  note(() => seen);
  return out;
}

// An export that wasm-bindgen knows nothing of has unpoison's own boundary.
export function raw(glue) {
  const { health, owned } = watch(glue);
  const out = [];
  const note = (f) => out.push([outcome(glue, f), owned()]);
  note(() => glue.__wasm.raw_panics(3));
  note(() => glue.__wasm.raw_panics(12));
  note(() => glue.divide(1, 0));
  note(() => glue.__wasm.raw_panics(4));
  out.push(health());
  return out;
}
