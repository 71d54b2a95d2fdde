// The report of a failure, out of the module's memory (docs/module.md).

const VERSION = 1;
/** The words that every report has; the number and the cause of 1.1 come after them. */
const WORDS = 11;
const NUMBER = 11;
const CAUSE = 12;
/** Texts have at most 4096 bytes. What claims much more is no report. */
const LONGEST = 0x1_0000;
/** More failures than one instance has; what lies there in an older module may be a pointer. */
const MOST = 0x10_0000;
const STACK_EXHAUSTED = 1;

export const KINDS = ["none", "panic", "abort", "alloc", "nounwind", "trap", "unreachable"];

/** What `__unpoison_state` says after a trap that the module found out by itself. */
export const TRAP = KINDS.indexOf("trap");

/**
 * Copies the report at an address: the next failure overwrites it.
 * @param {WebAssembly.Memory | undefined} memory
 * @param {number} at as a function of the module gives it, so perhaps negative
 * @returns {{kind?: string, id?: number, number?: number, message?: string, file?: string,
 *   line?: number, column?: number, size?: number, align?: number, stackOverflow?: true}} no
 *   field where nothing is known
 */
export function readReport(memory, at) {
  const buffer = memory?.buffer;
  const address = at >>> 0;
  if (buffer === undefined || address === 0 || address + 4 * WORDS > buffer.byteLength) return {};
  const view = new DataView(buffer, address);
  const word = (n) => (4 * n + 4 <= view.byteLength ? view.getUint32(4 * n, true) : 0);
  if (word(0) !== VERSION) return {};
  const kind = KINDS[word(1)];
  const number = word(NUMBER) < MOST ? word(NUMBER) : 0;
  return {
    kind,
    id: word(2) || undefined,
    number,
    message: text(buffer, word(3), word(4)),
    file: text(buffer, word(5), word(6)),
    line: word(7) || undefined,
    column: word(8) || undefined,
    ...(kind === "alloc" && { size: word(9), align: word(10) }),
    ...(kind === "trap" && number > 0 && word(CAUSE) === STACK_EXHAUSTED && { stackOverflow: true }),
  };
}

function text(buffer, address, length) {
  if (address === 0 || length === 0 || length > LONGEST || address + length > buffer.byteLength) return undefined;
  // A copy: decoders refuse memory that is shared.
  return new TextDecoder().decode(new Uint8Array(buffer, address, length).slice());
}
