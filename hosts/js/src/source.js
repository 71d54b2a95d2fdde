// From what a host has to a compiled module, and its bytes if they can be had.

import { typeOf } from "./values.js";

const isModule = (value) => typeOf(value) === "WebAssembly.Module";

/**
 * @param {BufferSource | WebAssembly.Module | Response | PromiseLike<any>} source
 * @param {boolean} needed whether the bytes of a response are worth a copy
 * @returns {Promise<{module: WebAssembly.Module, bytes?: Uint8Array}>}
 */
export async function compiled(source, needed) {
  const given = await source;
  if (isModule(given)) return { module: given };
  if (typeOf(given) === "Response") return streamed(given, needed);
  const bytes = bytesOf(given);
  return { module: await WebAssembly.compile(bytes), bytes };
}

/**
 * @param {BufferSource | WebAssembly.Module} source
 * @returns {{module: WebAssembly.Module, bytes?: Uint8Array}}
 */
export function compiledSync(source) {
  if (isModule(source)) return { module: source };
  const bytes = bytesOf(source);
  return { module: new WebAssembly.Module(bytes), bytes };
}

export function bytesOf(source) {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (/^(Shared)?ArrayBuffer$/.test(typeOf(source))) return new Uint8Array(source);
  throw new TypeError("a module is needed: bytes, a WebAssembly.Module, or a Response");
}

async function streamed(response, needed) {
  if (!response.ok) throw new TypeError(`the module could not be fetched: ${response.status} ${response.statusText}`);
  const type = response.headers.get("content-type")?.split(";")[0].trim();
  if (type !== "application/wasm" || WebAssembly.compileStreaming === undefined) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { module: await WebAssembly.compile(bytes), bytes };
  }
  if (!needed) return { module: await WebAssembly.compileStreaming(response) };
  const copy = response.clone();
  const [module, bytes] = await Promise.all([WebAssembly.compileStreaming(response), copy.arrayBuffer()]);
  return { module, bytes: new Uint8Array(bytes) };
}
