/** A place where a module gives up, as the linker wrote it down. */
export interface Site {
  readonly id: number;
  readonly kind?: string;
  /** The function's name. */
  readonly function?: string;
  /** `file:line:column`, in crates built with debug information. */
  readonly location?: string;
}

export type AbortKind = "abort" | "alloc" | "nounwind" | "trap" | "unreachable";

/** A failure of a module. */
export abstract class Failure extends Error {
  readonly kind: "panic" | "sealed" | AbortKind;
  /** As rustc recorded it; undefined where the place is not known. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Where the module gave up. */
  readonly site: Site | undefined;
  /** The exception that the failure came as. */
  readonly cause?: unknown;
}

/** A Rust panic. */
export class PanicError extends Failure {
  readonly kind: "panic";
}

/** Rust gave up, or the engine stopped it. */
export class AbortError extends Failure {
  readonly kind: AbortKind;
  /** Of kind `alloc`: what was asked for. */
  readonly size?: number;
  readonly align?: number;
  /**
   * Of kind `trap`: true if the engine's stack was exhausted; undefined after an access
   * out of bounds, which is how Rust's own stack ends, but not only that.
   */
  readonly stackOverflow?: boolean | undefined;
}

/** A call that was refused, or stopped half-way, because of an earlier failure. */
export class SealedError extends Failure {
  readonly kind: "sealed";
  /** The earlier one. Undefined if an instance could not be opened; see `cause`. */
  readonly failure: PanicError | AbortError | undefined;
}

/** A function or a view of an instance that has been replaced by a fresh one. */
export class StaleError extends Error {
  /** Of which it is. */
  readonly generation: number;
  /** The one now. */
  readonly current: number;
}

export interface DecodeOptions {
  /** For its site table. */
  module?: WebAssembly.Module;
  /** The site table, where the linker wrote it to a file of its own. */
  sites?: readonly Site[];
  /** The instance's memory, if it does not export it. */
  memory?: WebAssembly.Memory;
}

/**
 * The typed error for an exception that came out of an instance; the exception itself
 * if it is not one of the instance's. The same exception becomes the same error.
 *
 * A `RuntimeError` of another instance cannot be told from this one's; `recover` can.
 */
export function decode(
  instance: WebAssembly.Instance | WebAssembly.Exports,
  exception: unknown,
  options?: DecodeOptions,
): unknown;

/** `reinit`: the next call finds a fresh instance. `seal`: it is refused, for ever.
 * `throw`: exceptions are thrown as they came, calls are refused until `reinit()`. */
export type Policy = "reinit" | "seal" | "throw";

/** When the memory is copied: once the first instance is ready, besides that when
 * `checkpoint()` is called, besides that after each call that returns. */
export type When = "init" | "manual" | "call";

export interface RecoverOptions<E extends object = any> {
  policy?: Policy;
  /** Told of every panic before it is thrown. */
  onPanic?(error: PanicError): void;
  /** Told of every abort and trap before it is thrown. */
  onAbort?(error: AbortError): void;
  /** Told of every instance but the first, once it is ready. */
  onReinit?(instance: WebAssembly.Instance, generation: number): void;
  /** Run on each fresh instance that does not start from a checkpoint. */
  init?(exports: RecoveredExports<E>): void;
  checkpoint?: When;
  /** The module's bytes, for `checkpoint` where only a `WebAssembly.Module` is given. */
  bytes?: BufferSource;
  /** Take checkpoints although the module has state outside of its memory. */
  unchecked?: boolean;
  /** The site table, where the linker wrote it to a file of its own. */
  sites?: readonly Site[];
}

/** A view of one instance's memory. */
export interface MemoryView<V extends ArrayBufferView = Uint8Array> {
  readonly address: number;
  readonly length: number | undefined;
  /** The view on the memory as it is now. Throws `StaleError` once the instance is gone. */
  get(): V;
}

/** In the place of a `WebAssembly.Memory`: that of whichever instance is current. */
export interface RecoveredMemory {
  /** Ask again after each call: growth and a fresh instance detach it. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
  view<V extends ArrayBufferView>(
    type: new (buffer: ArrayBuffer, address: number, length?: number) => V,
    /** As the module gives it: negative ones are in the upper half. */
    address?: number,
    length?: number,
  ): MemoryView<V>;
}

/** In the place of a `WebAssembly.Table`. */
export interface RecoveredTable {
  readonly length: number;
  /** Functions are bound to their instance: they throw `StaleError` once it is gone. */
  get(index: number): any;
}

/** In the place of a `WebAssembly.Global`. */
export interface RecoveredGlobal {
  value: any;
  valueOf(): any;
}

/** A module's exports, the same whichever instance is current. */
export type RecoveredExports<E extends object = any> = {
  readonly [K in keyof E]: E[K] extends WebAssembly.Memory
    ? RecoveredMemory
    : E[K] extends WebAssembly.Table
      ? RecoveredTable
      : E[K] extends WebAssembly.Global
        ? RecoveredGlobal
        : E[K];
};

export interface Recovered<E extends object = any> {
  readonly exports: RecoveredExports<E>;
  /** The current memory, exported or imported. */
  readonly memory: RecoveredMemory;
  readonly module: WebAssembly.Module;
  /** Of the current instance, from 1. */
  readonly generation: number;
  /** The current instance itself. Calls past `exports` are not watched. */
  readonly instance: WebAssembly.Instance;
  /** Why the current instance is not to be called; undefined while it is. */
  readonly failure: PanicError | AbortError | undefined;
  /** Copies the memory. Throws while a call is in flight. */
  checkpoint(): void;
  /** Makes a fresh instance, also of one that is well. Throws while a call is in flight. */
  reinit(): void;
  /** Makes a fresh instance in the background if the next call needs one. */
  ready(): Promise<void>;
}

export type Imports = WebAssembly.Imports | ((generation: number) => WebAssembly.Imports);

/** One module, and a fresh instance of it whenever one has failed. */
export function recover<E extends object = any>(
  source: BufferSource | WebAssembly.Module | Response | PromiseLike<BufferSource | WebAssembly.Module | Response>,
  imports?: Imports,
  options?: RecoverOptions<E>,
): Promise<Recovered<E>>;

/** The same at once. */
export function recoverSync<E extends object = any>(
  source: BufferSource | WebAssembly.Module,
  imports?: Imports,
  options?: RecoverOptions<E>,
): Recovered<E>;

export interface BindgenOptions<G extends object> {
  policy?: Policy;
  onPanic?(error: PanicError): void;
  onAbort?(error: AbortError): void;
  onReinit?(instance: WebAssembly.Instance, generation: number): void;
  /** Run on each fresh instance, after its start function. */
  init?(exports: RecoveredGlue<G>): void;
  sites?: readonly Site[];
}

/** Glue without what makes instances of its own. */
export type RecoveredGlue<G extends object> = Omit<G, "default" | "initSync" | "__wbg_reset_state" | "__wbg_set_wasm">;

export interface RecoveredBindgen<G extends object> extends Omit<Recovered, "exports" | "checkpoint"> {
  readonly exports: RecoveredGlue<G>;
}

/** What `_bg.js` of the target `bundler` exports: it makes no instances. */
export interface BundlerGlue {
  __wbg_set_wasm(exports: any): void;
}

export interface BundlerOptions<G extends object> extends BindgenOptions<G> {
  /** `NAME_bg.wasm`, compiled or its bytes. */
  module: WebAssembly.Module | BufferSource;
  /** What the module imports from elsewhere than `NAME_bg.js`. */
  imports?: WebAssembly.Imports;
}

/**
 * The glue of wasm-bindgen, made with `--experimental-reset-state-function` and loaded;
 * for its target `web`, initialized, too.
 */
export function recoverBindgen<G extends { __wbg_reset_state(): void }>(
  glue: G,
  options?: BindgenOptions<G>,
): RecoveredBindgen<G>;

/** That of the target `bundler`: `NAME_bg.js` alone, which has no instance yet. */
export function recoverBindgen<G extends BundlerGlue>(glue: G, options: BundlerOptions<G>): RecoveredBindgen<G>;
