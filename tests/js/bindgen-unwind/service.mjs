// A service whose requests overlap; some of them panic.

import { settled, word } from "./host.mjs";

const ACCOUNTS = 50;
const START = 1_000_000n;
const PLACES = 7;
const AT_ONCE = 64;

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

// `count` requests, one in `every` of which panics.
export async function service(glue, count, every) {
  const next = random(12345);
  const expected = Array(ACCOUNTS).fill(START);
  const wrong = [];
  const counts = { committed: 0, panicked: 0, places: {} };
  let id = 0;
  async function client() {
    while (id < count) {
      const own = id++;
      const [from, to, amount] = [next(ACCOUNTS), next(ACCOUNTS), next(1000)];
      const failing = own % every === every - 1;
      const at = failing ? Math.floor(own / every) % PLACES : -1;
      const answer = await settled(glue, () => glue.transfer(own, from, to, amount, at));
      const message = failing ? { panic: `request ${own} failed at ${at}` } : { ok: `${own}: key ${own % 97}` };
      if (JSON.stringify(answer) !== JSON.stringify(message)) wrong.push([answer, message]);
      if (failing) {
        counts.panicked++;
        counts.places[at] = (counts.places[at] ?? 0) + 1;
      }
      // The last place is after the amount has moved.
      if (!failing || at === PLACES - 1) {
        counts.committed++;
        expected[from] -= BigInt(amount);
        expected[to] += BigInt(amount);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const balances = [...glue.balances()];
  const [committed, rolledBack, open, cached, poisoned] = glue.service_counts();
  return {
    wrong,
    counts,
    balances: balances.every((balance, n) => balance === expected[n]),
    sum: balances.reduce((a, b) => a + b) === START * BigInt(ACCOUNTS),
    committed,
    rolledBack,
    open,
    cached,
    poisoned,
    panicking: glue.is_panicking(),
    state: glue.__wasm.__unpoison_state?.value ?? 0,
    terminated: word(glue, glue.__wasm.__instance_terminated.value),
  };
}

// Panics cost no memory: after the first ones it does not grow. In pages.
export function growth(glue) {
  const pages = [];
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 5000; n++) {
      try {
        glue.panics("over and over");
      } catch (e) {
        if (e.name !== "PanicError") throw e;
      }
    }
    pages.push(glue.__wasm.memory.buffer.byteLength >> 16);
  }
  return pages[3] - pages[0];
}
