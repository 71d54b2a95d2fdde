// Not run: what compiles here is what the types promise.

import {
  PanicError,
  RustAbortError,
  RustFailure,
  type RustSite,
  type Recovered,
  SealedError,
  StaleError,
  decode,
  isFailure,
  recover,
  recoverBindgen,
  recoverSync,
} from "unpoison";

interface Ledger {
  memory: WebAssembly.Memory;
  __indirect_function_table: WebAssembly.Table;
  __heap_base: WebAssembly.Global;
  transfer(from: number, to: number, amount: bigint, failure: number): number;
  sum(): bigint;
}

export async function sources(): Promise<void> {
  await recover(fetch("ledger.wasm"));
  await recover(new Uint8Array(8), (generation) => ({ env: { generation } }));
  const ledger: Recovered<Ledger> = await recover<Ledger>(new ArrayBuffer(8), { env: {} }, {
    policy: "reinit",
    checkpoint: "call",
    init(exports) {
      exports.transfer(1, 2, 3n, 0) satisfies number;
    },
    onPanic: (error) => console.error(error.line),
    onAbort: (error) => console.error(error.kind, error.size),
    onReinit: (instance, generation) => console.error(instance.exports, generation),
  });
  const sum: bigint = ledger.exports.sum();
  const bytes: Uint8Array = ledger.exports.memory.view(Uint8Array, 8, 4).get();
  const view: DataView = ledger.memory.view(DataView).get();
  const f: unknown = ledger.exports.__indirect_function_table.get(1);
  const base: number = ledger.exports.__heap_base.value;
  console.log(sum, bytes, view, f, base, ledger.generation, ledger.failure?.message);
  ledger.checkpoint();
  ledger.reinit();
  await ledger.ready();

  // @ts-expect-error not an option
  await recover(fetch("ledger.wasm"), {}, { onpanic: () => {} });
  // @ts-expect-error a number where the module takes an i64
  ledger.exports.transfer(1, 2, 3, 0);
  // @ts-expect-error not a policy
  await recover(fetch("ledger.wasm"), {}, { policy: "retry" });
  // @ts-expect-error not a moment
  recoverSync(new Uint8Array(8), {}, { checkpoint: "always" });
  // @ts-expect-error to be read only
  ledger.exports.__indirect_function_table.set(0, null);
}

export function errors(instance: WebAssembly.Instance, exception: unknown): string {
  const error = decode(instance, exception, { module: new WebAssembly.Module(new Uint8Array(8)) });
  if (error instanceof PanicError) {
    error.kind satisfies "panic";
    const line: number | undefined = error.line;
    return `${error.message} ${error.file} ${line} ${error.column} ${error.cause}`;
  }
  if (error instanceof RustAbortError) {
    switch (error.kind) {
      case "alloc":
        return `${error.size} ${error.align}`;
      case "trap":
        return `${error.stackOverflow}`;
      case "abort":
      case "nounwind":
      case "unreachable":
      case "exception":
        return error.site?.function ?? "";
      default:
        return error.kind satisfies never;
    }
  }
  if (error instanceof SealedError) {
    // @ts-expect-error it may be unknown
    error.failure.message;
    return error.failure?.kind ?? "";
  }
  if (isFailure(error)) return error.kind;
  // @ts-expect-error details, not a message
  new PanicError("x");
  new PanicError({ message: "x" });
  if (error instanceof StaleError) return `${error.generation} ${error.current}`;
  if (error instanceof RustFailure) {
    const site: RustSite | undefined = error.site;
    return `${site?.id}`;
  }
  return "";
}

declare const glue: {
  default(): Promise<void>;
  __wbg_reset_state(): void;
  greet(name: string): string;
  Counter: new (value: number) => { add(by: number): number };
};

declare const bg: {
  __wbg_set_wasm(exports: unknown): void;
  greet(name: string): string;
};

export function bindgen(): number {
  const { exports } = recoverBindgen(glue, { init: (exports) => exports.greet("you") });
  // @ts-expect-error it is not the host's to call
  exports.__wbg_reset_state();
  // @ts-expect-error there is nothing to reset
  recoverBindgen({ greet: glue.greet });
  recoverBindgen(glue, { module: new Uint8Array(8) });
  const bundled = recoverBindgen(bg, { module: new Uint8Array(8), imports: { "./snippet.js": {} }, policy: "seal" });
  // @ts-expect-error nothing to make an instance of
  recoverBindgen(bg, {});
  // @ts-expect-error it is not the host's to call
  bundled.exports.__wbg_set_wasm({});
  return new exports.Counter(bundled.exports.greet("you").length).add(1);
}
