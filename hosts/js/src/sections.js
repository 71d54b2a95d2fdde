// What of a module the JavaScript API does not tell: its globals, tables and memories,
// internal ones too. No code is read.

import { Reader } from "./bytes.js";

const ID = { custom: 0, import: 2, table: 4, memory: 5, global: 6, export: 7 };
const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
const I32 = 0x7f;

/**
 * @typedef {{type: number, mutable: boolean, imported: boolean, init?: number, name?: string}} Global
 *   `init` is there for an `i32.const`
 * @typedef {{type: number, fixed: boolean, imported: boolean}} Table
 * @typedef {{shared: boolean, imported: boolean}} Memory
 * @typedef {{globals: Global[], tables: Table[], memories: Memory[],
 *   exported: Map<string, number>}} Layout `exported` has the indices of globals
 */

/**
 * @param {Uint8Array} bytes a module that the engine has found valid
 * @returns {Layout}
 */
export function readLayout(bytes) {
  const layout = { globals: [], tables: [], memories: [], exported: new Map() };
  const module = new Reader(bytes, 8);
  while (module.more) {
    const id = module.byte();
    const section = module.part(module.u32());
    if (id === ID.import) section.list(() => readImport(section, layout));
    if (id === ID.table) layout.tables.push(...section.list(() => readTable(section, false)));
    if (id === ID.memory) layout.memories.push(...section.list(() => readMemory(section, false)));
    if (id === ID.global) layout.globals.push(...section.list(() => readGlobal(section)));
    if (id === ID.export) section.list(() => readExport(section, layout));
    if (id === ID.custom && section.name() === "name") readNames(section, layout);
  }
  return layout;
}

function readImport(r, { globals, tables, memories }) {
  r.name();
  r.name();
  switch (r.byte()) {
    case KIND.function:
      r.u32();
      break;
    case KIND.table:
      tables.push(readTable(r, true));
      break;
    case KIND.memory:
      memories.push(readMemory(r, true));
      break;
    case KIND.global:
      globals.push({ ...readGlobalType(r), imported: true });
      break;
    case KIND.tag:
      r.byte();
      r.u32();
      break;
    default:
      throw new TypeError("an import of an unknown kind");
  }
}

function readTable(r, imported) {
  let type = r.byte();
  const initialized = type === 0x40;
  if (initialized) {
    r.byte();
    type = r.byte();
  }
  const table = { type: readRef(r, type), ...readLimits(r), imported };
  if (initialized) readInit(r);
  return table;
}

function readMemory(r, imported) {
  return { shared: readLimits(r).shared, imported };
}

function readLimits(r) {
  const flags = r.byte();
  const min = r.u32();
  const max = (flags & 1) !== 0 ? r.u32() : undefined;
  // The size of a page that is not 64 KiB.
  if ((flags & 8) !== 0) r.u32();
  return { fixed: max === min, shared: (flags & 2) !== 0 };
}

function readGlobal(r) {
  return { ...readGlobalType(r), imported: false, init: readInit(r) };
}

function readGlobalType(r) {
  const type = readRef(r, r.byte());
  return { type, mutable: (r.byte() & 1) !== 0 };
}

/** The heap type behind a reference type that is spelt out. */
function readRef(r, type) {
  if (type === 0x63 || type === 0x64) r.leb();
  return type;
}

/** A constant expression; its value, if it is one `i32.const`. */
function readInit(r) {
  let value;
  for (let count = 0; ; count++) {
    const op = r.byte();
    if (op === 0x0b) return count === 1 ? value : undefined;
    value = op === 0x41 ? r.s32() : undefined;
    // i64.const, global.get, ref.null, ref.func
    if ([0x42, 0x23, 0xd0, 0xd2].includes(op)) r.leb();
    else if (op === 0x43) r.skip(4);
    else if (op === 0x44) r.skip(8);
    else if (op === 0xfd) r.skip(17);
    // Additions and the like of extended constants have no operands.
    else if (op !== 0x41 && !(op >= 0x6a && op <= 0x7e)) throw new TypeError("an unknown constant");
  }
}

function readExport(r, { exported }) {
  const name = r.name();
  const kind = r.byte();
  const index = r.u32();
  if (kind === KIND.global) exported.set(name, index);
}

function readNames(r, { globals }) {
  while (r.more) {
    const id = r.byte();
    const names = r.part(r.u32());
    if (id !== 7) continue;
    names.list(() => {
      const global = globals[names.u32()];
      const name = names.name();
      if (global !== undefined) global.name = name;
    });
  }
}

export { I32 };
