// The three modules, and how a host holds each of them.

import { recover } from "unpoison";

/** For `recover`, by the choice on the page. */
const OPTIONS = {
  fresh: {},
  checkpoint: { checkpoint: "call" },
  sealed: { policy: "seal" },
};

export const MODULES = [
  {
    id: "plain",
    title: "Plain",
    how: "cargo build, as ever",
    // What most pages do: one instance for the life of the page.
    async open() {
      const { instance } = await WebAssembly.instantiateStreaming(fetch("modules/plain.wasm"), {});
      return { exports: instance.exports, generation: 1 };
    },
  },
  {
    id: "unpoisoned",
    title: "Unpoisoned",
    how: "linker = \"unpoison\"",
    open: (after) => recover(fetch("modules/unpoisoned.wasm"), {}, OPTIONS[after]),
  },
  {
    id: "unwinding",
    title: "Unwinding",
    how: "unpoison sysroot --write",
    // Unchecked: a checkpoint leaves out globals that are unpoison's own, and nothing
    // is lost by that, for between two calls they are what they are in a fresh instance.
    open: (after) => recover(fetch("modules/unwinding.wasm"), {}, { ...OPTIONS[after], unchecked: true }),
  },
];
