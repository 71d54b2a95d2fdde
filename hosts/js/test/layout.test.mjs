// The reader of the binary format, beside what the engine says.

import assert from "node:assert/strict";
import test from "node:test";
import { stateOutsideMemory } from "../src/obstacles.js";
import { readLayout } from "../src/sections.js";
import { bytesOf, moduleOf, quiet } from "./fixtures.mjs";

test("globals of a linked module", () => {
  const layout = readLayout(bytesOf("ledger"));
  const { exports } = new WebAssembly.Instance(moduleOf("ledger"), quiet);
  const names = WebAssembly.Module.exports(moduleOf("ledger")).filter(({ kind }) => kind === "global");
  assert.deepEqual([...layout.exported.keys()], names.map(({ name }) => name));
  for (const [name, index] of layout.exported) assert.equal(layout.globals[index].init, exports[name].value);
  assert.equal(layout.globals.filter(({ mutable }) => mutable).length, 3);
  assert.equal(layout.globals[0].name, "__stack_pointer");
  assert.deepEqual(layout.memories, [{ shared: false, imported: false }]);
});

test("the shadow stack of a linked module", () => {
  const { obstacles, stack } = stateOutsideMemory(readLayout(bytesOf("ledger")));
  assert.deepEqual(obstacles, []);
  assert.deepEqual(stack, { from: 0, to: 1 << 20 });
});

test("constants of every type", () => {
  const layout = readLayout(bytesOf("constants"));
  assert.equal(layout.globals.length, 13);
  assert.ok(layout.globals.some(({ init }) => init === -70_000));
  assert.deepEqual(layout.tables.map(({ fixed }) => fixed), [true, false]);
  const pointer = layout.globals.find(({ name }) => name === "__stack_pointer");
  assert.equal(pointer.init, 32768);
  const { obstacles, stack } = stateOutsideMemory(layout);
  assert.deepEqual(obstacles, ["a table that can grow"]);
  assert.deepEqual(stack, { from: 0, to: 32768 });
});

test("a stack above the data", () => {
  const global = (init, mutable = false) => ({ type: 0x7f, mutable, imported: false, init });
  const globals = [global(66560, true), global(1030), global(66560), global(0, true), global(0, true)];
  const exported = new Map([["__data_end", 1], ["__heap_base", 2], ["__unpoison_state", 3]]);
  const memories = [{ shared: false, imported: false }];
  const layout = { globals, tables: [], memories, exported };
  assert.deepEqual(stateOutsideMemory(layout), { obstacles: [], stack: { from: 1040, to: 66560 } });
  // Without names for where the data ends, all of the memory counts.
  exported.delete("__data_end");
  assert.deepEqual(stateOutsideMemory(layout), { obstacles: [], stack: undefined });
  memories.push({ shared: true, imported: true });
  assert.equal(stateOutsideMemory(layout).obstacles.length, 2);
});
