// Not run: the types where the compiler knows no browser, as on a server.

import { PanicError, type WasmModule, decode, recover } from "unpoison";

interface Counter {
  memory: { readonly buffer: ArrayBuffer; grow(delta: number): number };
  count(): number;
}

export async function counted(bytes: Uint8Array, module: WasmModule): Promise<number> {
  const r = await recover<Counter>(bytes, { env: {} }, { onAbort: (error, { memory }) => error.kind + memory.buffer.byteLength });
  const view: Uint8Array = r.exports.memory.view(Uint8Array).get();
  // @ts-expect-error not a string
  r.exports.count() satisfies string;
  const error = decode(r.instance, new Error("e"), { module });
  return error instanceof PanicError ? (error.line ?? 0) : r.exports.count() + view.length;
}
