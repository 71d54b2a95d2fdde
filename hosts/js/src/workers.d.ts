// Cloudflare Workers: what `unpoison worker-build` makes the entry of an app with.

import type { BindgenOptions, PanicError, Recovered, RustAbortError } from "./index.js";

/** Of the file `unpoison.worker.js` beside `Cargo.toml`, its default export. */
export interface WorkerOptions extends Omit<BindgenOptions<any>, "policy" | "module" | "imports"> {
  /**
   * What a request is answered with that another one took the instance from.
   * @default 503 with `Retry-After`
   */
  onUnavailable?(failure: PanicError | RustAbortError, options: { retryAfter: number }): Response | Promise<Response>;
  /** Seconds. @default 1 */
  retryAfter?: number;
  /**
   * How often a GET or HEAD of the entry is made again for such a request, before it is
   * answered so. Never one that failed by itself, and none of a Durable Object's.
   * @default 0
   */
  retries?: number;
}

/** Of the runtime's own types, which the package does without. */
interface Response {
  readonly status: number;
}

/**
 * The entry of an app, and its Durable Objects. A failure ends the request that caused it
 * with its error; the others are answered, and the next call finds a fresh instance.
 * @example export default serve(WorkerEntrypoint, glue).entry;
 */
export function serve(
  WorkerEntrypoint: new (...args: any[]) => any,
  glue: object,
  options?: WorkerOptions,
): {
  readonly rust: Recovered;
  readonly entry: new (...args: any[]) => any;
  /** A class that the glue exports, whose objects are made anew in each instance. */
  durableObject(name: string): new (...args: any[]) => any;
};

/** What an alarm, a queue or a method ends with that another request took the instance from. */
export class Unavailable extends Error {
  readonly failure: PanicError | RustAbortError;
}
