// The report of a failure, out of the module's memory (docs/module.md).

const VERSION = 1;
const WORDS = 11;
const KINDS = ["none", "panic", "abort", "alloc", "nounwind", "trap", "unreachable"];

/** What `__unpoison_state` says after a trap that the module found out by itself. */
export const TRAP = KINDS.indexOf("trap");

/**
 * Copies the report at an address: the next failure overwrites it.
 * @param {WebAssembly.Memory | undefined} memory
 * @param {number} at as a function of the module gives it, so perhaps negative
 * @returns {{kind?: string, id?: number, message?: string, file?: string, line?: number,
 *   column?: number, size?: number, align?: number}} no field where nothing is known
 */
export function readReport(memory, at) {
  const buffer = memory?.buffer;
  const address = at >>> 0;
  if (buffer === undefined || address === 0 || address + 4 * WORDS > buffer.byteLength) return {};
  const view = new DataView(buffer, address, 4 * WORDS);
  const word = (n) => view.getUint32(4 * n, true);
  if (word(0) !== VERSION) return {};
  const kind = KINDS[word(1)];
  return {
    kind,
    id: word(2) || undefined,
    message: text(buffer, word(3), word(4)),
    file: text(buffer, word(5), word(6)),
    line: word(7) || undefined,
    column: word(8) || undefined,
    ...(kind === "alloc" && { size: word(9), align: word(10) }),
  };
}

function text(buffer, address, length) {
  if (address === 0 || length === 0 || address + length > buffer.byteLength) return undefined;
  // A copy: decoders refuse memory that is shared.
  return new TextDecoder().decode(new Uint8Array(buffer, address, length).slice());
}
