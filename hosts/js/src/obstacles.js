// Whether a module's linear memory is all of its state: then a copy of it, taken while
// no call is in flight, can be given to a fresh instance.

import { I32 } from "./sections.js";

const FUNCREF = 0x70;

/**
 * @param {import("./sections.js").Layout} layout
 * @returns {{obstacles: string[], stack?: {from: number, to: number}}} what a copy would
 *   leave out; and where the shadow stack lies, which holds nothing at rest
 */
export function stateOutsideMemory({ globals, tables, memories, exported }) {
  const obstacles = [];
  if (memories.length !== 1) obstacles.push(`${memories.length} memories`);
  if (memories.some(({ shared }) => shared)) obstacles.push("a memory that threads share");
  for (const { type, fixed, imported } of tables) {
    if (imported) obstacles.push("an imported table");
    else if (type !== FUNCREF) obstacles.push("a table of references");
    else if (!fixed) obstacles.push("a table that can grow");
  }
  const own = ownGlobals(globals, exported);
  for (const global of globals.filter((global) => global.mutable && !own.all.includes(global))) {
    const name = global.name ?? [...exported].find(([, index]) => globals[index] === global)?.[0];
    obstacles.push(`${global.imported ? "an imported" : "a"} mutable global${name ? ` (${name})` : ""}`);
  }
  const at = (name) => globals[exported.get(name)]?.init;
  const stack = own.pointer && shadowStack(own.pointer.init, at("__data_end"), at("__heap_base"));
  return { obstacles, stack };
}

// Behind the state: one of them, or three where panics unwind; two more for rehearsals.
const MARKS = 5;

/**
 * The mutable globals that every linked module has: the state; the marks behind it,
 * which are 0 while no call is in flight; and the pointer of the shadow stack, which is
 * then what it was in the beginning.
 */
function ownGlobals(globals, exported) {
  const at = exported.get("__unpoison_state");
  const state = globals[at];
  const names = (index) => [...exported.values()].includes(index);
  const hidden = globals.filter(
    ({ mutable, imported, type }, index) => mutable && !imported && type === I32 && !names(index),
  );
  const pointers = hidden.filter(({ init, name }) => {
    return name === undefined ? init > 0 && init % 16 === 0 : name === "__stack_pointer";
  });
  const isMark = (global) =>
    hidden.includes(global) && global.init === 0 && (global.name ?? "__unpoison_").startsWith("__unpoison_");
  const behind = at === undefined ? [] : globals.slice(at + 1, at + 1 + MARKS);
  const end = behind.findIndex((global) => !isMark(global));
  const marks = end < 0 ? behind : behind.slice(0, end);
  const pointer = pointers.length === 1 ? pointers[0] : undefined;
  return { pointer, all: [state, ...marks, pointer].filter((global) => global !== undefined) };
}

/** rust-lld puts the stack at the bottom of memory, or between data and heap. */
function shadowStack(top, dataEnd, heapBase) {
  if (dataEnd === undefined) return undefined;
  if (top < dataEnd) return { from: 0, to: top };
  return top === heapBase ? { from: (dataEnd + 15) & ~15, to: top } : undefined;
}
