// What the engine's own types are where the compiler knows them (`lib.dom`, `lib.webworker`,
// newer `@types/node`), and what they have in common where it does not.

type WasmGlobals = typeof globalThis extends { WebAssembly: infer W } ? W : never;
type Wasm<Name extends string, Else> = [WasmGlobals] extends [never]
  ? Else
  : WasmGlobals extends { [K in Name]: { prototype: infer T } }
    ? T
    : Else;

export type WasmInstance = Wasm<"Instance", { readonly exports: any }>;
export type WasmModule = Wasm<"Module", object>;
export type WasmMemory = Wasm<"Memory", { readonly buffer: ArrayBuffer; grow(delta: number): number }>;
/** By module and name. */
export type WasmImports = Record<string, Record<string, any>>;
/** Bytes of a module. */
export type WasmBytes = ArrayBuffer | ArrayBufferView;
/** As `fetch` gives it. */
export interface WasmResponse {
  readonly ok: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A place where a module gives up, as the linker wrote it down. */
export interface RustSite {
  readonly id: number;
  readonly kind?: string;
  /** The function's name. */
  readonly function?: string;
  /** `file:line:column`, in crates built with debug information. */
  readonly location?: string;
}

/** The list of sites, or the file `NAME.unpoison.json`, parsed. */
export type RustSites = readonly RustSite[] | { readonly sites?: readonly RustSite[] | string };

/**
 * `exception`: an exception of the host's left through Rust's frames, in a module whose panics
 * abort. The others are the module's, see docs/module.md.
 */
export type RustAbortKind = "abort" | "alloc" | "nounwind" | "trap" | "unreachable" | "exception";

/** What an error is made of. */
export interface RustFailureDetails {
  message: string;
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  site?: RustSite | undefined;
}

/** A failure of a module. */
export abstract class RustFailure extends Error {
  protected constructor(details: RustFailureDetails, options?: { cause?: unknown });
  readonly kind: "panic" | "sealed" | RustAbortKind;
  /** As rustc recorded it; undefined where the place is not known. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Where the module gave up. */
  readonly site: RustSite | undefined;
  /** The exception that the failure came as. It is no property of the error's own, so that the error can be posted. */
  get exception(): unknown;
  /** The same if it tells more than the error does: the `RuntimeError` of a trap, an exception of the host's. */
  get cause(): unknown;
  /** `["unpoison", kind, place]`, for tools that group errors: the same for all failures of a place, whatever their messages say. */
  get fingerprint(): [string, string, string];
  /** The same in one word, by the name that Datadog's SDKs look for. */
  get dd_fingerprint(): string;
  /** Everything but the exception as a plain object, which other threads and logs can be given. */
  toJSON(): Record<string, unknown>;
}

/** A Rust panic. */
export class PanicError extends RustFailure {
  constructor(details: RustFailureDetails, options?: { cause?: unknown });
  readonly kind: "panic";
}

/** Rust gave up, or the engine stopped it. */
export class RustAbortError extends RustFailure {
  constructor(
    details: RustFailureDetails & {
      kind?: RustAbortKind;
      size?: number;
      align?: number;
      stackOverflow?: boolean | undefined;
    },
    options?: { cause?: unknown },
  );
  readonly kind: RustAbortKind;
  /** Of kind `alloc`: what was asked for. */
  readonly size?: number;
  readonly align?: number;
  /**
   * Of kind `trap`: true if a stack was exhausted; undefined after an access out of bounds
   * of which nobody knows whether it was the end of Rust's own stack.
   */
  readonly stackOverflow?: boolean | undefined;
}

/** A call that was refused, or stopped half-way, because of an earlier failure. */
export class SealedError extends RustFailure {
  constructor(failure: PanicError | RustAbortError | undefined, options?: { cause?: unknown });
  readonly kind: "sealed";
  /** The earlier one. Undefined if an instance could not be opened; see `cause`. */
  readonly failure: PanicError | RustAbortError | undefined;
  /** Milliseconds until there may be a fresh instance (option `restarts`); `Infinity`: not before `reinit()`. */
  readonly retryAfter?: number;
}

/** A function or a view of an instance that has been replaced by a fresh one. */
export class StaleError extends Error {
  constructor(what: string, generation: number, current: number, options?: { cause?: unknown });
  /** Of which it is. */
  readonly generation: number;
  /** The one now. */
  readonly current: number;
  toJSON(): Record<string, unknown>;
}

/**
 * Whether a value is one of a module's errors, also of another copy of this package or of
 * another realm, where `instanceof` says no.
 * @example if (isFailure(e)) console.error(e.kind, e.message);
 */
export function isFailure(value: unknown): value is PanicError | RustAbortError | SealedError;

export interface DecodeOptions {
  /** For its site table. */
  module?: WasmModule;
  /** The site table, where the linker wrote it to a file of its own. */
  sites?: RustSites;
  /** The instance's memory, if it does not export it. */
  memory?: WasmMemory;
}

/**
 * The typed error for an exception that came out of an instance; the exception itself
 * if it is not one of the instance's. The same exception becomes the same error.
 *
 * A `RuntimeError` of another instance cannot be told from this one's; `recover` can. Of a
 * module that does not export its tags, the first exception that is decoded after a failure
 * is taken for it.
 * @throws {TypeError} if the instance is not one of a module that unpoison linked
 */
export function decode(instance: WasmInstance | Record<string, any>, exception: unknown, options?: DecodeOptions): unknown;

/** `reinit`: the next call finds a fresh instance. `seal`: it is refused, for ever.
 * `throw`: exceptions are thrown as they came, calls are refused until `reinit()`. */
export type RecoverPolicy = "reinit" | "seal" | "throw";

/** When the memory is copied: once the first instance is ready, besides that when
 * `checkpoint()` is called, besides that after each call that returns. */
export type CheckpointTime = "init" | "manual" | "call";

/** Which instance it is about. */
export interface InstanceContext {
  readonly instance: WasmInstance;
  /** Exported or imported; not yet detached. */
  readonly memory: WasmMemory;
  readonly generation: number;
}

/** Against modules that fail over and over. */
export interface RehearseOptions {
  /** The same calls with the same seed fail at the same places. 0 unless given. */
  seed?: number;
  /** What part of the passes by a place that may fail does, from 0 to 1. */
  rate: number;
}

export interface RestartOptions {
  /** So many fresh instances are made in `within` milliseconds, no more. Default: `Infinity`. */
  limit?: number;
  /** Default: 60,000. */
  within?: number;
  /**
   * Milliseconds after a failure before there is a fresh instance; doubled with each failure
   * that follows without a call that went well between, up to half a minute. Default: 0.
   */
  backoff?: number;
}

export interface CommonOptions {
  /**
   * Default: `"reinit"`.
   * @example recover(bytes, imports, { policy: "seal" }) // later calls throw `SealedError`
   */
  policy?: RecoverPolicy;
  /**
   * Told of every panic once, before it is thrown. What it throws is thrown instead.
   * @example onPanic: ({ message, file, line }) => console.error(`${message} at ${file}:${line}`)
   */
  onPanic?(error: PanicError, context: InstanceContext): void;
  /**
   * Told of every abort and trap once, before it is thrown. What it throws is thrown instead.
   * The memory is still as the failure left it.
   * @example onAbort: (error, { memory }) => report(error.toJSON(), memory.buffer.byteLength)
   */
  onAbort?(error: RustAbortError, context: InstanceContext): void;
  /**
   * Told of every instance but the first, once it is ready. What it throws is thrown by the
   * call that wanted the instance; the next call finds it.
   * @example onReinit: (instance, generation) => console.warn(`instance ${generation}`)
   */
  onReinit?(instance: WasmInstance, generation: number): void;
  /**
   * Given every instance, the first too, before anything of it is called.
   * @example onInstance: (instance) => wasi.initialize(instance) // Node's `node:wasi`
   */
  onInstance?(instance: WasmInstance, context: InstanceContext): void;
  /**
   * What is of an instance that is gone throws `StaleError` when called, or (`"ignore"`) does
   * nothing: for event listeners. Default: `"throw"`.
   */
  stale?: "throw" | "ignore";
  /**
   * In a module whose panics abort, an exception of the host's skips Rust's frames without
   * dropping them. That is a failure (`"fail"`, the default; the exception is thrown as it
   * is), or not (`"pass"`).
   */
  hostExceptions?: "fail" | "pass";
  /**
   * Default: no limit, no delay. A module whose start failed three times in a row is given time,
   * after ten times it is left alone until `reinit()`.
   * @example restarts: { limit: 20, within: 60_000, backoff: 100 }
   */
  restarts?: RestartOptions;
  /**
   * Failures on purpose, for staging: in a module that was linked with `--unpoison-rehearse=on`.
   * Each instance has a seed of its own, that of the one before and one.
   * @example rehearse: { seed: 7, rate: 0.001 }
   */
  rehearse?: RehearseOptions;
  /** The site table, where the linker wrote it to a file of its own. */
  sites?: RustSites;
}

export interface RecoverOptions<E extends object = any> extends CommonOptions {
  /**
   * Run on each fresh instance that does not start from a checkpoint. One that is asynchronous
   * is waited for: by `recover`, and then by `ready()`; until it is through, nobody else
   * gets in.
   * @example init: (exports) => exports.configure(8)
   */
  init?(exports: RecoveredExports<E>): unknown;
  /**
   * Default: none is taken.
   * @throws {TypeError} by `recover`, for a module that has state outside of its memory, see `unchecked`
   * @example recover(bytes, imports, { checkpoint: "call" }) // after a failure: what the last good call left
   */
  checkpoint?: CheckpointTime;
  /** The module's bytes, for `checkpoint` where only a `WebAssembly.Module` is given. */
  bytes?: WasmBytes;
  /** Take checkpoints although the module has state outside of its memory. Default: false. */
  unchecked?: boolean;
}

/** A view of one instance's memory. */
export interface RecoveredView<V extends ArrayBufferView = Uint8Array> {
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
  ): RecoveredView<V>;
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
  readonly [K in keyof E]: E[K] extends (...args: any[]) => any
    ? E[K]
    : E[K] extends { readonly buffer: ArrayBufferLike; grow(delta: number): number }
      ? RecoveredMemory
      : E[K] extends { readonly length: number; get(index: number): any; grow(delta: number): number }
        ? RecoveredTable
        : E[K] extends { value: any; valueOf(): any }
          ? RecoveredGlobal
          : E[K];
};

/** What has happened so far. */
export interface RecoverStats {
  readonly generation: number;
  readonly panics: number;
  readonly aborts: number;
  /** Instances that could not be started or opened. */
  readonly unopened: number;
  /** Checkpoints for which there was no room. */
  readonly missed: number;
  /** Failures since a call went well. */
  readonly row: number;
  readonly live: boolean;
  /** Milliseconds until there may be a fresh instance. */
  readonly retryAfter: number;
}

export interface Recovered<E extends object = any> {
  readonly exports: RecoveredExports<E>;
  /** The current memory, exported or imported. */
  readonly memory: RecoveredMemory;
  readonly module: WasmModule;
  /** Of the current instance, from 1. */
  readonly generation: number;
  /** The current instance itself. Calls past `exports` are not watched. */
  readonly instance: WasmInstance;
  /** Why the current instance is not to be called; undefined while it is. */
  readonly failure: PanicError | RustAbortError | undefined;
  /** Copies the memory. Throws while a call is in flight. */
  checkpoint(): void;
  /** Makes a fresh instance, also of one that is well. Throws while a call is in flight. */
  reinit(): void;
  /** Makes a fresh instance in the background if the next call needs one. */
  ready(): Promise<void>;
  stats(): RecoverStats;
}

export type RecoverImports = WasmImports | ((generation: number) => WasmImports);

type Source = WasmBytes | WasmModule | WasmResponse;

/**
 * One module, and a fresh instance of it whenever one has failed.
 * @example const { exports } = await recover(fetch("module.wasm"), { env: {} }, { checkpoint: "call" });
 * @throws {TypeError} for a module that unpoison did not link, and for options that are none
 */
export function recover<E extends object = any>(
  source: Source | PromiseLike<Source>,
  imports?: RecoverImports,
  options?: RecoverOptions<E>,
): Promise<Recovered<E>>;

/**
 * The same at once. `init` cannot be asynchronous.
 * @example const { exports } = recoverSync(readFileSync("module.wasm"), {});
 * @throws {TypeError} as `recover`; and where the engine compiles a module of this size in the background only, its `RangeError`
 */
export function recoverSync<E extends object = any>(
  source: WasmBytes | WasmModule,
  imports?: RecoverImports,
  options?: RecoverOptions<E>,
): Recovered<E>;

export interface BindgenOptions<G extends object> extends CommonOptions {
  /** Run on each fresh instance, after its start function. If it is asynchronous: `await ready()`; until it is through, other calls get in, too. */
  init?(exports: RecoveredGlue<G>): unknown;
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
  module: WasmModule | WasmBytes;
  /** What the module imports from elsewhere than `NAME_bg.js`. */
  imports?: WasmImports;
}

export interface ResettingOptions<G extends object> extends BindgenOptions<G> {
  /**
   * For the target `web`: `NAME_bg.wasm`, compiled or its bytes. The glue is initialized with
   * it if it is not. What a module starts by itself (`main`) starts once then, and not a
   * second time in the instance that `recoverBindgen` makes.
   */
  module?: WasmModule | WasmBytes;
}

/**
 * The glue of wasm-bindgen, made with `--experimental-reset-state-function` and loaded;
 * for its target `web`, initialized, too, or else with the option `module`. The same glue
 * may be recovered again, as after a hot reload: what was recovered before is then refused.
 * @example
 * import * as glue from "./pkg/my_crate.js";
 * await glue.default();
 * const { exports } = recoverBindgen(glue, { onPanic: console.error });
 * @throws {TypeError} for glue that cannot start anew, or has not been initialized
 */
export function recoverBindgen<G extends { __wbg_reset_state(): void }>(
  glue: G,
  options?: ResettingOptions<G>,
): RecoveredBindgen<G>;

/**
 * That of the target `bundler`: `NAME_bg.js` alone, which has no instance yet.
 * @example
 * import * as glue from "my-crate/my_crate_bg.js";
 * const { exports } = recoverBindgen(glue, { module });
 * @throws {TypeError} without the module, or for one that is not the glue's
 */
export function recoverBindgen<G extends BundlerGlue>(glue: G, options: BundlerOptions<G>): RecoveredBindgen<G>;
