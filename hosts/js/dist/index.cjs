var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/index.js
var index_exports = {};
__export(index_exports, {
  PanicError: () => PanicError,
  RustAbortError: () => RustAbortError,
  RustFailure: () => RustFailure,
  SealedError: () => SealedError,
  StaleError: () => StaleError,
  decode: () => decode,
  isFailure: () => isFailure,
  recover: () => recover,
  recoverBindgen: () => recoverBindgen,
  recoverSync: () => recoverSync
});
module.exports = __toCommonJS(index_exports);

// src/values.js
function typeOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}
function isObject(value) {
  return typeof value === "object" && value !== null || typeof value === "function";
}
function isClass(f) {
  return /^class\b/.test(Function.prototype.toString.call(f));
}
function memoryIn(exports) {
  return Object.values(exports).find((value) => typeOf(value) === "WebAssembly.Memory");
}
function given(object, name) {
  if (object === void 0 || object === null) return void 0;
  return Object.hasOwn(object, name) || !(name in Object.prototype) ? object[name] : void 0;
}
function put(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

// src/errors.js
var BRAND = /* @__PURE__ */ Symbol.for("unpoison.failure");
var RustFailure = class extends Error {
  // No property: an exception of WebAssembly's cannot be cloned, and would keep the error
  // from being posted to another thread.
  #exception;
  /**
   * @param {object | string} details what is known of it, by the names of this class' fields
   * @param {ErrorOptions} [options] the exception that it came as
   */
  constructor(details = {}, options = {}) {
    const { message, kind, file, line, column, site } = detailsOf(details);
    super(message);
    this.#exception = options.cause;
    Object.assign(this, { kind, file, line, column, site });
    const stack = told(this, options);
    if (stack !== void 0) {
      Object.defineProperty(this, "stack", { value: stack, configurable: true, writable: true });
    }
  }
  /** What tells more of it. An exception of WebAssembly's has nothing but the report. */
  get cause() {
    const { exception } = this;
    return typeOf(exception) === "WebAssembly.Exception" ? void 0 : exception;
  }
  get exception() {
    return #exception in this ? this.#exception : void 0;
  }
  get [BRAND]() {
    return true;
  }
  /** What failures of one place in the source have in common, whatever their messages say. */
  get fingerprint() {
    const { kind, file, line, column, site } = this;
    return ["unpoison", kind, file === void 0 ? site?.function ?? "" : `${file}:${line}:${column}`];
  }
  /** The same for Datadog's SDKs, which look for it by this name. */
  get dd_fingerprint() {
    return this.fingerprint.join(" ");
  }
  /** All but the exception: for logs, and for other threads. */
  toJSON() {
    return json(this);
  }
};
var PanicError = class extends RustFailure {
  constructor(details, options) {
    super({ ...detailsOf(details), kind: "panic" }, options);
  }
};
var RustAbortError = class extends RustFailure {
  constructor(details, options) {
    const known = { kind: "abort", ...detailsOf(details) };
    super(known, options);
    const { size, align, stackOverflow } = known;
    if (this.kind === "alloc") Object.assign(this, { size, align });
    if (this.kind === "trap") this.stackOverflow = stackOverflow;
  }
};
var SealedError = class extends RustFailure {
  /** @param {RustFailure | undefined} failure the earlier one */
  constructor(failure, options) {
    const { file, line, column, site } = failure ?? {};
    const why = options?.why ?? (failure ? `sealed by an earlier failure: ${failure.message}` : "the instance is sealed");
    super({ message: why, kind: "sealed", file, line, column, site }, options);
    this.failure = failure;
    if (options?.retryAfter) this.retryAfter = options.retryAfter;
  }
};
var StaleError = class extends Error {
  constructor(what, generation, current, options) {
    super(`${what} belongs to instance ${generation}, which failed; this is instance ${current}`, options);
    this.generation = generation;
    this.current = current;
  }
  toJSON() {
    return json(this);
  }
};
function isFailure(value) {
  return typeof value === "object" && value !== null && value[BRAND] === true;
}
for (const [name, type] of Object.entries({ RustFailure, PanicError, RustAbortError, SealedError, StaleError })) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}
function detailsOf(details) {
  return typeof details === "string" ? { message: details } : details;
}
function json(error) {
  const { name, message, stack } = error;
  const all = { name, message, ...error, stack };
  if (error.failure) all.failure = error.failure.toJSON();
  return all;
}
function told(error, { cause, hide }) {
  if (hide !== void 0) Error.captureStackTrace?.(error, hide);
  const stack = error.kind === "trap" && typeof cause?.stack === "string" ? cause.stack : error.stack;
  if (typeof stack !== "string") return void 0;
  const first = stack.search(/^ {4}at /m);
  const headed = first !== -1 || stack.startsWith(error.name);
  if (!headed) return rustFrame(error, (name, place) => `${name ?? ""}@${place ?? ""}`) + stack;
  const frame = rustFrame(error, (name, place) => {
    const both = name !== void 0 && place !== void 0;
    return `    at ${both ? `${name} (${place})` : name ?? place}`;
  });
  return `${error.name}: ${error.message}
${frame}${first === -1 ? "" : stack.slice(first)}`.trimEnd();
}
function rustFrame({ kind, file, line, column, site }, written) {
  const name = kind === "panic" || kind === "nounwind" ? void 0 : site?.function;
  const parts = [file, line, column].filter((part) => part !== void 0);
  const place = file === void 0 ? site?.location : parts.join(":");
  return name === void 0 && place === void 0 ? "" : `${written(name, place)}
`;
}

// src/report.js
var VERSION = 1;
var WORDS = 11;
var NUMBER = 11;
var CAUSE = 12;
var LONGEST = 65536;
var MOST = 1048576;
var STACK_EXHAUSTED = 1;
var KINDS = ["none", "panic", "abort", "alloc", "nounwind", "trap", "unreachable"];
var TRAP = KINDS.indexOf("trap");
function readReport(memory, at) {
  const buffer = memory?.buffer;
  const address = at >>> 0;
  if (buffer === void 0 || address === 0 || address + 4 * WORDS > buffer.byteLength) return {};
  const view = new DataView(buffer, address);
  const word = (n) => 4 * n + 4 <= view.byteLength ? view.getUint32(4 * n, true) : 0;
  if (word(0) !== VERSION) return {};
  const kind = KINDS[word(1)];
  const number = word(NUMBER) < MOST ? word(NUMBER) : 0;
  return {
    kind,
    id: word(2) || void 0,
    number,
    message: text(buffer, word(3), word(4)),
    file: text(buffer, word(5), word(6)),
    line: word(7) || void 0,
    column: word(8) || void 0,
    ...kind === "alloc" && { size: word(9), align: word(10) },
    ...kind === "trap" && number > 0 && word(CAUSE) === STACK_EXHAUSTED && { stackOverflow: true }
  };
}
function text(buffer, address, length) {
  if (address === 0 || length === 0 || length > LONGEST || address + length > buffer.byteLength) return void 0;
  return new TextDecoder().decode(new Uint8Array(buffer, address, length).slice());
}

// src/meta.js
var read = /* @__PURE__ */ new WeakMap();
function metaOf(module2, file) {
  if (module2 !== void 0 && !read.has(module2)) read.set(module2, parse(module2));
  const own = read.get(module2) ?? {};
  return own.version === void 0 && file?.version !== void 0 ? file : own;
}
function parse(module2) {
  try {
    const [section] = WebAssembly.Module.customSections(module2, "unpoison");
    return JSON.parse(new TextDecoder().decode(section)) ?? {};
  } catch {
    return {};
  }
}
var unpacked = /* @__PURE__ */ new Map();
function sitesOf(given2) {
  const sites = given2?.sites ?? given2;
  if (typeof sites !== "string") return Array.isArray(sites) ? sites : [];
  if (!unpacked.has(sites)) unpacked.set(sites, sites.startsWith(FORMAT) ? unpack(sites) : []);
  return unpacked.get(sites);
}
var FORMAT = "lz1 ";
var SHORTEST = 5;
function unpack(packed) {
  const digit = (at) => packed.charCodeAt(at) - (packed[at] > "\\" ? 36 : 35);
  let text2 = "";
  for (let at = FORMAT.length; at < packed.length; at++) {
    if (packed[at] !== "~") {
      text2 += packed[at];
    } else if (packed[++at] === "!") {
      text2 += "~";
    } else {
      let from = text2.length - 1 - digit(at + 1) * 91 - digit(at + 2);
      for (let left2 = SHORTEST + digit(at); left2 > 0; left2--) text2 += text2.charAt(from++);
      at += 2;
    }
  }
  return text2.split("\n").slice(0, -1).map((line, at) => {
    const [name, location] = line.slice(1).split("	");
    return { id: at + 1, kind: KINDS[line[0]], function: name, ...location && { location } };
  });
}
function siteOf(sites, id) {
  return id && (sites.find((site) => site?.id === id) ?? { id });
}

// src/options.js
var POLICIES = ["reinit", "seal", "throw"];
var STALE = ["throw", "ignore"];
var HOST = ["fail", "pass"];
var HOOKS = ["onPanic", "onAbort", "onReinit", "onInstance", "init"];
var COMMON = [...HOOKS, "policy", "stale", "hostExceptions", "restarts", "rehearse", "sites"];
var RESTARTS = ["limit", "within", "backoff"];
var REHEARSE = ["seed", "rate"];
var RAW = [...COMMON, "checkpoint", "bytes", "unchecked"];
var BINDGEN = [...COMMON, "module", "imports", "scope"];
function checkOptions(options, known) {
  names("option", options, known);
  one("policy", options, POLICIES);
  one("stale", options, STALE);
  one("hostExceptions", options, HOST);
  for (const name of HOOKS) {
    if (options[name] !== void 0 && typeof options[name] !== "function") throw new TypeError(`${name} must be a function`);
  }
  numbers("restarts", options.restarts, RESTARTS);
  numbers("rehearse", options.rehearse, REHEARSE);
}
function numbers(what, given2 = {}, known) {
  names(`option of ${what}`, given2, known);
  for (const [name, value] of Object.entries(given2)) {
    if (value !== void 0 && !(value >= 0)) throw new TypeError(`${what}.${name}: a number, not ${value}`);
  }
}
function names(what, options, known) {
  const name = Object.keys(options).find((name2) => !known.includes(name2));
  if (name !== void 0) throw new TypeError(`there is no ${what} \`${name}\`: ${known.join(", ")}`);
}
function one(name, { [name]: value }, values) {
  if (value === void 0 || values.includes(value)) return;
  throw new TypeError(`${name}: ${values.map((value2) => `"${value2}"`).join(" or ")}, not ${value}`);
}

// src/traps.js
function trapOf(exception, look) {
  const { name, message } = exception;
  const overflow = /call stack|stack overflow|recursion/i.test(message);
  if (name !== "RuntimeError" && !((name === "RangeError" || name === "InternalError") && overflow)) return void 0;
  if (look && thrownByScript(exception)) return void 0;
  const outside = /out of bounds/i.test(message) && !/table|call_indirect/i.test(message);
  return { stackOverflow: overflow || (outside ? void 0 : false) };
}
function isUnreachable({ message }) {
  return /unreachable/i.test(message);
}
var TRAPS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
function thrownByScript(exception) {
  return beginsInScript(exception) && !beginsInScript(aTrap());
}
function beginsInScript({ stack }) {
  if (typeof stack !== "string") return false;
  const frame = stack.split("\n").find((line) => /^\s+at |@/.test(line)) ?? "";
  return /:\d+:\d+\)?$/.test(frame) && !/wasm-function\[|wasm:\/\/|\[wasm code\]/.test(frame);
}
function aTrap() {
  let f;
  try {
    f = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(TRAPS))).exports.f;
  } catch {
    return {};
  }
  try {
    return f() ?? {};
  } catch (e) {
    return e;
  }
}

// src/decode.js
var TAGS = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];
var decoded = /* @__PURE__ */ new WeakMap();
var sealedBy = /* @__PURE__ */ new WeakMap();
var read2 = /* @__PURE__ */ new WeakMap();
function decode(instance, exception, options) {
  if (options !== void 0) names("option", options, ["module", "sites", "memory"]);
  return decodeFrom(instance, exception, options);
}
function decodeFrom(instance, exception, options, foreign) {
  const of = reader(instance, options);
  if (!isObject(exception) || isFailure(exception)) return exception;
  const known = decoded.get(exception);
  if (known?.exports === of.exports) return known.error;
  const error = fresh(of, exception, foreign);
  if (error !== exception) decoded.set(exception, { exports: of.exports, error });
  return error;
}
function failureOf(instance, options) {
  const of = reader(instance, options);
  return sealedBy.get(of.exports) ?? (of.state() === 0 ? void 0 : seal(of, typed(of.sealing(), of)));
}
function caughtPanic(instance, cause, options) {
  const { newest, hide } = reader(instance, options);
  const report = newest();
  const same = report.kind === "panic" && report.message === cause.message;
  return new PanicError(same ? report : { message: cause.message }, { cause, hide });
}
function reader(instance, options) {
  const { module: module2, memory, hide = decode } = options ?? {};
  const exports = "__unpoison_state" in instance ? instance : instance.exports;
  const { __unpoison_state: state, __unpoison_report: address } = exports ?? {};
  if (state === void 0 || address === void 0) {
    throw new TypeError("the instance has no `__unpoison_state`: its module was not linked by unpoison");
  }
  const from = memory ?? memoryIn(exports);
  const meta = metaOf(module2, options?.sites);
  const at = (address2) => {
    const { id, ...report } = readReport(from, address2);
    return { ...report, site: siteOf(sitesOf(options?.sites ?? meta), id) };
  };
  const newest = () => at(address());
  return {
    exports,
    hide,
    at,
    newest,
    /** Vite gives an import the value that a global had at first; then the newest report tells. */
    state() {
      if (typeof state !== "number") return state.value;
      const { kind } = newest();
      return kind === void 0 || kind === "panic" && meta.panic === "unwind" ? 0 : KINDS.indexOf(kind);
    },
    /** The report of the failure that sealed. There is none where the host did, by the state. */
    sealing() {
      const kind = KINDS[this.state()] ?? "abort";
      const report = newest();
      return report.kind === kind ? report : { kind };
    },
    /** Tags may be the module's own, or left out; then it has numbers in its reports. */
    tagged: exports.__unpoison_panic !== void 0,
    unwinds: meta.panic === "unwind"
  };
}
function fresh(of, exception, foreign) {
  if (typeOf(exception) === "WebAssembly.Exception") return thrown(of, exception, foreign);
  let failure = sealedBy.get(of.exports);
  const ours = !of.tagged && of.state() !== 0 && isUnreachable(exception);
  const trap = foreign && !ours ? void 0 : trapOf(exception, foreign === void 0);
  if (trap === void 0) return exception;
  if (failure === void 0 && of.state() === TRAP && isUnreachable(exception)) failure = seal(of, typed(of.sealing(), of));
  if (failure === void 0 || of.state() === 0) return seal(of, trapped(of, exception, trap));
  return isUnreachable(exception) ? refused(of, failure, exception) : exception;
}
function thrown(of, exception, foreign) {
  const { exports, at, state, hide } = of;
  const tag = TAGS.find((name) => exports[name] !== void 0 && exception.is(exports[name]));
  if (tag === void 0) {
    const others = of.tagged || foreign && state() === 0;
    return others ? exception : untagged(of, exception);
  }
  const report = at(exception.getArg(exports[tag], 0));
  if (tag === "__unpoison_sealed") {
    const failure = sealedBy.get(exports) ?? seal(of, typed(report, of));
    if (report.stackOverflow && failure.kind === "trap") failure.stackOverflow = true;
    return refused(of, failure, exception);
  }
  const kind = tag === "__unpoison_panic" ? "panic" : "abort";
  const error = typed({ kind, ...report }, { hide, cause: exception });
  if (kind === "abort" || state() !== 0) seal(of, error);
  return error;
}
function untagged(of, exception) {
  const failure = sealedBy.get(of.exports);
  if (failure !== void 0) return refused(of, failure, exception);
  const options = { hide: of.hide, cause: exception };
  if (of.state() !== 0) return seal(of, typed(of.sealing(), options));
  const report = of.newest();
  if (report.kind !== "panic" || read2.get(of.exports) === report.number) return exception;
  read2.set(of.exports, report.number);
  return typed(report, options);
}
function trapped(of, exception, { stackOverflow }) {
  const { exports, newest, state, hide } = of;
  const options = { cause: exception, hide };
  if (state() !== 0 && state() !== TRAP) return typed(of.sealing(), options);
  const report = newest();
  const { kind, number } = report;
  const ends = kind !== void 0 && kind !== "trap" && (kind !== "panic" || !of.tagged && !of.unwinds);
  if (isUnreachable(exception) && state() === 0 && ends && (of.tagged || read2.get(exports) !== number)) {
    read2.set(exports, number);
    return typed(report, options);
  }
  return new RustAbortError({ message: exception.message, kind: "trap", stackOverflow }, options);
}
function refused({ hide }, failure, cause) {
  return new SealedError(failure, { cause, hide });
}
var WORDS2 = {
  panic: "a panic",
  abort: "abort",
  alloc: "memory allocation failed",
  nounwind: "a panic where unwinding is not allowed",
  trap: "a trap",
  unreachable: "unreachable code was reached"
};
function typed(report, options) {
  const details = { kind: "abort", ...report };
  details.message ??= WORDS2[details.kind] ?? WORDS2.abort;
  return details.kind === "panic" ? new PanicError(details, options) : new RustAbortError(details, options);
}
function seal({ exports }, failure) {
  sealedBy.set(exports, failure);
  return failure;
}

// src/bytes.js
var Reader = class _Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  get more() {
    return this.at < this.end;
  }
  byte() {
    if (this.at >= this.end) throw new RangeError("the module ends too early");
    return this.bytes[this.at++];
  }
  skip(bytes) {
    this.at += bytes;
    if (this.at > this.end) throw new RangeError("the module ends too early");
  }
  /** LEB128 of at most 32 bits, or the low 32 bits of a longer one. */
  u32() {
    return this.leb().value >>> 0;
  }
  s32() {
    const { value, shift, last } = this.leb();
    return shift < 32 && (last & 64) !== 0 ? value | -1 << shift : value | 0;
  }
  leb() {
    let value = 0;
    let shift = 0;
    let last;
    do {
      last = this.byte();
      if (shift < 32) value |= (last & 127) << shift;
      shift += 7;
    } while ((last & 128) !== 0);
    return { value, shift, last };
  }
  name() {
    const length = this.u32();
    const from = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(from, this.at));
  }
  /** So many bytes, as a reader of their own. */
  part(length) {
    const from = this.at;
    this.skip(length);
    return new _Reader(this.bytes, from, this.at);
  }
  /** A vector's items. */
  list(item) {
    return Array.from({ length: this.u32() }, () => item());
  }
};

// src/sections.js
var ID = { custom: 0, import: 2, table: 4, memory: 5, global: 6, export: 7 };
var KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
var I32 = 127;
function readLayout(bytes) {
  const layout = { globals: [], tables: [], memories: [], exported: /* @__PURE__ */ new Map() };
  const module2 = new Reader(bytes, 8);
  while (module2.more) {
    const id = module2.byte();
    const section = module2.part(module2.u32());
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
  const initialized = type === 64;
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
  const max = (flags & 1) !== 0 ? r.u32() : void 0;
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
function readRef(r, type) {
  if (type === 99 || type === 100) r.leb();
  return type;
}
function readInit(r) {
  let value;
  for (let count = 0; ; count++) {
    const op = r.byte();
    if (op === 11) return count === 1 ? value : void 0;
    value = op === 65 ? r.s32() : void 0;
    if ([66, 35, 208, 210].includes(op)) r.leb();
    else if (op === 67) r.skip(4);
    else if (op === 68) r.skip(8);
    else if (op === 253) r.skip(17);
    else if (op !== 65 && !(op >= 106 && op <= 126)) throw new TypeError("an unknown constant");
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
    const names2 = r.part(r.u32());
    if (id !== 7) continue;
    names2.list(() => {
      const global = globals[names2.u32()];
      const name = names2.name();
      if (global !== void 0) global.name = name;
    });
  }
}

// src/obstacles.js
var FUNCREF = 112;
function stateOutsideMemory({ globals, tables, memories, exported }) {
  const obstacles = [];
  if (memories.length !== 1) obstacles.push(`${memories.length} memories`);
  if (memories.some(({ shared }) => shared)) obstacles.push("a memory that threads share");
  for (const { type, fixed, imported } of tables) {
    if (imported) obstacles.push("an imported table");
    else if (type !== FUNCREF) obstacles.push("a table of references");
    else if (!fixed) obstacles.push("a table that can grow");
  }
  const own = ownGlobals(globals, exported);
  for (const global of globals.filter((global2) => global2.mutable && !own.all.includes(global2))) {
    const name = global.name ?? [...exported].find(([, index]) => globals[index] === global)?.[0];
    obstacles.push(`${global.imported ? "an imported" : "a"} mutable global${name ? ` (${name})` : ""}`);
  }
  const at = (name) => globals[exported.get(name)]?.init;
  const stack = own.pointer && shadowStack(own.pointer.init, at("__data_end"), at("__heap_base"));
  return { obstacles, stack };
}
var MARKS = 5;
function ownGlobals(globals, exported) {
  const at = exported.get("__unpoison_state");
  const state = globals[at];
  const names2 = (index) => [...exported.values()].includes(index);
  const hidden = globals.filter(
    ({ mutable, imported, type }, index) => mutable && !imported && type === I32 && !names2(index)
  );
  const pointers = hidden.filter(({ init, name }) => {
    return name === void 0 ? init > 0 && init % 16 === 0 : name === "__stack_pointer";
  });
  const isMark = (global) => hidden.includes(global) && global.init === 0 && (global.name ?? "__unpoison_").startsWith("__unpoison_");
  const behind = at === void 0 ? [] : globals.slice(at + 1, at + 1 + MARKS);
  const end = behind.findIndex((global) => !isMark(global));
  const marks = end < 0 ? behind : behind.slice(0, end);
  const pointer = pointers.length === 1 ? pointers[0] : void 0;
  return { pointer, all: [state, ...marks, pointer].filter((global) => global !== void 0) };
}
function shadowStack(top, dataEnd, heapBase) {
  if (dataEnd === void 0) return void 0;
  if (top < dataEnd) return { from: 0, to: top };
  return top === heapBase ? { from: dataEnd + 15 & ~15, to: top } : void 0;
}

// src/checkpoint.js
var PAGE = 65536;
var TIMES = ["init", "manual", "call"];
var Checkpoint = class {
  /** @param {{from: number, to: number} | undefined} stack what need not be copied */
  constructor(stack) {
    this.stack = stack ?? { from: 0, to: 0 };
    this.saved = new Uint8Array(0);
    this.now = new Uint8Array(0);
    this.taken = false;
  }
  /** @param {WebAssembly.Memory} memory */
  take(memory) {
    if (this.now.buffer !== memory.buffer) this.now = new Uint8Array(memory.buffer);
    if (this.saved.length !== this.now.length) this.saved = new Uint8Array(this.now.length);
    copy(this.now, this.saved, this.stack);
    this.taken = true;
  }
  /** @param {WebAssembly.Memory} memory that of an instance that nobody has called */
  restore(memory) {
    const missing = this.saved.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(missing / PAGE);
    copy(this.saved, new Uint8Array(memory.buffer), this.stack);
  }
};
function copy(from, to, stack) {
  if (stack.from > 0) to.set(from.subarray(0, stack.from));
  to.set(from.subarray(stack.to), stack.to);
}
function checkpointFor(module2, bytes, options) {
  const { checkpoint, policy, unchecked = false } = options;
  one("checkpoint", options, TIMES);
  if (checkpoint === void 0) return void 0;
  if (policy === "seal") throw new TypeError('a checkpoint is of no use with policy: "seal"');
  const { obstacles, stack } = described(module2, bytes);
  if (obstacles.length > 0 && !unchecked) {
    throw new TypeError(`a checkpoint of the memory would leave out state of the module: ${obstacles.join(", ")}`);
  }
  return new Checkpoint(stack);
}
function described(module2, bytes) {
  const told2 = metaOf(module2).checkpoint;
  if (told2 !== void 0) return { obstacles: told2.obstacles ?? [], stack: told2.stack };
  if (bytes !== void 0) return stateOutsideMemory(readLayout(bytes));
  return { obstacles: ["what cannot be seen without its bytes (option `bytes`)"] };
}

// src/lend.js
var NATIVE = /^function \d+\(\) \{\s*\[native code\]\s*\}$/;
function isWasmFunction(value) {
  return typeof value === "function" && NATIVE.test(Function.prototype.toString.call(value));
}
var Lender = class {
  /** @param {(raw: Function, generation: number) => Function} bind */
  constructor(bind) {
    this.bind = bind;
    this.bound = /* @__PURE__ */ new WeakMap();
    this.raw = /* @__PURE__ */ new WeakMap();
    this.any = false;
  }
  /** A value on its way out of an instance. */
  out(value, generation) {
    if (typeof value === "function") return isWasmFunction(value) ? this.function(value, generation) : value;
    if (Array.isArray(value) && value.some(isWasmFunction)) return value.map((item) => this.out(item, generation));
    return value;
  }
  function(raw, generation) {
    let bound = this.bound.get(raw);
    if (bound === void 0) {
      bound = this.bind(raw, generation);
      this.bound.set(raw, bound);
      this.raw.set(bound, { raw, generation });
      this.any = true;
    }
    return bound;
  }
  /** A value on its way into the instance of a generation. One of another stays out. */
  in(value, generation) {
    if (typeof value === "function") {
      const known = this.raw.get(value);
      if (known === void 0) return value;
      if (known.generation !== generation) throw new StaleError("the function", known.generation, generation);
      return known.raw;
    }
    if (Array.isArray(value) && value.some((item) => this.raw.has(item))) return value.map((item) => this.in(item, generation));
    return value;
  }
};

// src/restarts.js
var AT_ONCE = 3;
var TRIES = 10;
var FIRST_WAIT = 100;
var LONGEST_WAIT = 3e4;
var Restarts = class {
  #limit;
  #within;
  #backoff;
  /** When the newest instances were asked for. */
  #times = [];
  #next = 0;
  /** Starts that failed, and failures without a call that went well, one after the other. */
  starts = 0;
  row = 0;
  constructor({ limit = Infinity, within = 6e4, backoff = 0 } = {}) {
    this.#limit = limit;
    this.#within = within;
    this.#backoff = backoff;
  }
  /** Milliseconds until there may be a fresh instance. Infinity: when the host asks for it. */
  get wait() {
    if (this.starts >= TRIES) return Infinity;
    const now = Date.now();
    let wait = this.#next - now;
    if (this.#limit !== Infinity) {
      this.#times = this.#times.filter((time) => time > now - this.#within);
      const full = this.#times.length - this.#limit;
      if (full >= 0) wait = Math.max(wait, (this.#times[full] ?? now) + this.#within - now);
    }
    return Math.max(wait, 0);
  }
  /** A fresh instance is being made in the place of one that failed. */
  making() {
    if (this.#limit !== Infinity) this.#times.push(Date.now());
  }
  /** It could not be opened. */
  unopened() {
    const late = ++this.starts - AT_ONCE;
    if (late >= 0) this.#delay(Math.max(this.#backoff, FIRST_WAIT), late);
  }
  opened() {
    this.starts = 0;
  }
  /** An instance failed. */
  failed() {
    if (this.#backoff > 0) this.#delay(this.#backoff, this.row);
    this.row++;
  }
  #delay(first, doubled) {
    this.#next = Date.now() + Math.min(first * 2 ** doubled, LONGEST_WAIT);
  }
  /** The host has asked. */
  forget() {
    this.starts = 0;
    this.row = 0;
    this.#next = 0;
    this.#times = [];
  }
};

// src/core.js
var Core = class {
  /**
   * @param {object} options
   * @param {import("./checkpoint.js").Checkpoint} [checkpoint]
   */
  constructor(options, checkpoint) {
    this.module = void 0;
    this.memory = void 0;
    this.hide = this.failed;
    this.sites = options.sites;
    this.options = options;
    this.policy = options.policy ?? "reinit";
    this.checkpoint = checkpoint;
    this.instance = void 0;
    this.generation = 0;
    this.newest = 0;
    this.depth = 0;
    this.closed = true;
    this.broken = false;
    this.making = false;
    this.opening = false;
    this.later = false;
    this.renewing = void 0;
    this.failure = void 0;
    this.reason = void 0;
    this.foreign = /* @__PURE__ */ new WeakSet();
    this.outs = 0;
    this.thrownAt = 0;
    this.thrown = void 0;
    this.meant = false;
    this.told = /* @__PURE__ */ new WeakSet();
    this.untold = [];
    this.after = true;
    this.saving = false;
    this.restarts = new Restarts(options.restarts);
    this.counts = { panics: 0, aborts: 0, unopened: 0, missed: 0 };
    this.lender = new Lender((raw, generation) => this.bound(raw, generation));
  }
  /** Says of which module the instances are. Read now: after a failure there may be too little stack. */
  of(module2) {
    this.module = module2;
    const { panic } = metaOf(module2, this.sites);
    this.unwinds = panic === "unwind";
    this.panicSeals = panic === "abort";
  }
  /** The current instance failed and nothing of it is on the stack. */
  get dead() {
    return this.closed && this.depth === 0 && !this.opening;
  }
  /**
   * A function that calls what it is bound to. The hot path of everything.
   * @param {boolean} first whether it may be called while an instance is being opened
   */
  wrapper(first = false) {
    const core = this;
    const { lender } = this;
    let target;
    const call = (...args) => {
      if (core.closed && !(first && core.opening && !core.broken)) core.reopen();
      if (lender.any) args = args.map((value) => lender.in(value, core.generation));
      const { outs } = core;
      let result;
      core.depth++;
      try {
        result = target(...args);
      } catch (e) {
        const before = core.broken;
        core.closed = core.broken = true;
        throw core.failed(e, before, outs);
      } finally {
        core.depth--;
      }
      if (core.after && core.depth === 0 && !core.opening) core.went();
      return typeof result === "object" || typeof result === "function" ? lender.out(result, core.generation) : result;
    };
    const bind = (to) => {
      target = to;
    };
    return { call, bind };
  }
  /** A call of the host's has returned. */
  went() {
    this.restarts.row = 0;
    this.after = this.saving;
    this.flush();
    if (!this.saving || this.closed) return;
    try {
      this.checkpoint.take(this.memory);
    } catch {
      this.counts.missed++;
    }
  }
  /** A function that is of one instance for ever. */
  bound(raw, generation) {
    const { call, bind } = this.wrapper();
    bind(raw);
    return (...args) => {
      if (generation !== this.generation || this.dead) return this.stale("the function", generation);
      return call(...args);
    };
  }
  /** What is of an instance that is gone was called. */
  stale(what, generation) {
    if (this.options.stale === "ignore") return void 0;
    throw this.staleError(what, generation);
  }
  staleError(what, generation) {
    return new StaleError(what, generation, this.dead ? this.generation + 1 : this.generation);
  }
  /** Makes sure of an instance that may be looked at; for what is of a generation, of that one. */
  live(generation, what) {
    const last = this.policy !== "reinit" && this.instance !== void 0 && !this.making;
    const gone = generation !== void 0 && (generation !== this.generation || this.dead && !last);
    if (gone) throw this.staleError(what, generation);
    if (this.closed && !this.opening && !last) this.reopen();
  }
  reopen() {
    if (!this.dead || this.policy !== "reinit" || this.renewing && this.later) throw this.refusal();
    this.know();
    this.flush();
    const { wait } = this.restarts;
    if (wait > 0) throw this.refusal({ retryAfter: wait });
    if (this.later) {
      this.ahead();
      throw this.refusal();
    }
    this.renew();
  }
  /** A fresh instance because the host wants one. */
  again() {
    if (this.depth > 0 || this.opening) throw new TypeError("the instance cannot be replaced while a call is in flight");
    if (this.closed && this.policy === "seal") throw this.refusal();
    const { closed, instance, memory, generation } = this;
    this.restarts.forget();
    this.closed = true;
    try {
      this.renew();
    } catch (e) {
      if (!closed && this.keeps) {
        Object.assign(this, { instance, memory, generation, closed, broken: false, failure: void 0, reason: void 0 });
        this.bind(instance);
      }
      throw e;
    }
    if (!closed) detach(memory);
  }
  /** A fresh instance ahead of the next call, if that would need one. */
  async ready() {
    if (!this.closed) return;
    if (this.renewing === void 0) {
      if (!this.dead || this.policy === "seal") throw this.refusal();
      this.restarts.forget();
    }
    await this.background();
  }
  /** In the background, and nobody waits for it. */
  ahead(renewal) {
    this.background(renewal).catch(() => {
    });
  }
  background(renewal) {
    const done = () => {
      this.renewing = void 0;
    };
    return this.renewing ??= (renewal ?? this.renewLater()).finally(done);
  }
  refusal(options) {
    if (this.making || this.opening || this.renewing) {
      return new SealedError(this.failure, { why: "a fresh instance is being made", cause: this.reason, ...options });
    }
    if (this.reason === void 0) this.know();
    return new SealedError(this.failure, { cause: this.reason, ...options });
  }
  /** An instance that is closed has failed, although nobody could say why. */
  know() {
    if (this.broken && this.failure === void 0) this.fell(this.found());
  }
  /** Why, as far as can be known now. */
  found() {
    const known = this.instance && failureOf(this.instance, this);
    if (known !== void 0) return known;
    const message = "the engine's stack was exhausted";
    return new RustAbortError({ message, kind: "trap", stackOverflow: true });
  }
  /** Makes the next instance and opens it. */
  renew() {
    const healthy = this.instance !== void 0 && !this.broken && this.reason === void 0;
    this.restarts.making();
    this.depth++;
    this.making = true;
    let next;
    try {
      next = this.make(this.newest + 1);
    } catch (e) {
      this.unopened();
      if (this.generation === 0 || healthy || !tooLarge(e)) throw e;
      this.later = true;
      this.reason = e;
      this.ahead();
      throw this.refusal();
    } finally {
      this.depth--;
      this.making = false;
    }
    this.open(next, healthy);
    const waits = this.furnish();
    if (!waits) return this.opened();
    if (this.patient) return this.ahead(this.waited(waits));
    waits.then(void 0, () => {
    });
    this.unopened();
    throw this.shut(new TypeError("`init` must not be asynchronous here: use `recover`"));
  }
  /** The same in the background. */
  async renewLater() {
    const { newest } = this;
    this.restarts.making();
    let next;
    try {
      const made = await this.makeLater(newest + 1);
      if (this.newest !== newest || !this.dead) return;
      next = made();
    } catch (e) {
      this.unopened();
      throw e;
    }
    this.open(next);
    const waits = this.furnish();
    if (waits) await this.waited(waits);
    else this.opened();
  }
  /** Until `init` is through, nobody else gets in. */
  async waited(init) {
    this.later = true;
    this.closed = true;
    try {
      await init;
    } catch (e) {
      this.unopened();
      throw this.shut(e);
    }
    this.opened();
  }
  open({ instance, memory }, healthy = false) {
    const old = this.memory;
    if (old !== void 0 && old === memory) throw new TypeError("`imports` gave two instances the same memory");
    this.instance = instance;
    this.memory = memory;
    this.generation = ++this.newest;
    this.failure = void 0;
    this.reason = void 0;
    this.broken = false;
    this.opening = true;
    try {
      if (!(healthy && this.keeps)) detach(old);
      this.bind(instance);
      this.closed = false;
    } catch (e) {
      throw this.shut(e);
    }
  }
  /** Gives a fresh instance what it begins with; answers a promise if that takes its time. */
  furnish() {
    const { init, onInstance } = this.options;
    let waits;
    try {
      onInstance?.(this.instance, this.context);
      if (this.checkpoint?.taken) {
        this.checkpoint.restore(this.memory);
      } else {
        this.saving = false;
        waits = init?.(this.first ?? this.exports);
      }
      if (typeof waits?.then === "function") return waits;
      if (this.broken) throw this.refusal();
    } catch (e) {
      this.unopened();
      throw this.shut(e);
    }
    return void 0;
  }
  opened() {
    try {
      if (this.broken) {
        const error = new SealedError(this.failure);
        this.unopened();
        throw this.shut(error);
      }
      this.closed = false;
      if (this.checkpoint && !this.checkpoint.taken) this.checkpoint.take(this.memory);
      const { rehearse } = this.options;
      if (rehearse) this.instance.exports.__unpoison_rehearse((rehearse.seed ?? 0) + this.generation, rehearse.rate * 1e6);
    } finally {
      this.opening = false;
    }
    this.saving = this.options.checkpoint === "call";
    this.after = true;
    this.restarts.opened();
    if (this.generation > 1) this.options.onReinit?.(this.instance, this.generation);
  }
  /** The instance that was being opened cannot be. */
  shut(error) {
    this.closed = true;
    this.opening = false;
    this.reason = error;
    return error;
  }
  unopened() {
    this.counts.unopened++;
    if (roomy(500)) this.restarts.unopened();
  }
  /** What hooks are given beside the error. */
  get context() {
    const { instance, memory, generation } = this;
    return { instance, memory, generation };
  }
  /**
   * What a call that ended with an exception is to throw. Closed stays closed if the
   * instance is not to be entered again.
   * @param {boolean} before whether the instance had failed when the exception arrived
   * @param {number} outs how often imports had been called when the call began
   */
  failed(exception, before, outs) {
    const foreign = !isObject(exception) || this.foreign.has(exception);
    const called = this.outs !== outs;
    const error = decodeFrom(this.instance, exception, this, foreign || this.direct || !called ? foreign : void 0);
    const own = error !== exception && error;
    if (this.failure === void 0) {
      const last = this.thrownAt === this.outs && Object.is(this.thrown, exception);
      const passed = !own && called && (last || this.direct);
      if (before || this.ends(own, passed)) {
        const why = () => own || (before || !passed ? this.found() : skipped(exception));
        this.fell(failureOf(this.instance, this) ?? why());
      } else {
        this.broken = false;
        this.closed = this.opening && this.later;
      }
    }
    this.meant = false;
    if (own && own !== this.failure && !(own instanceof SealedError)) this.untold.push(own);
    this.flush();
    return this.policy === "throw" ? exception : error;
  }
  /** Whether an instance is at an end: by its own word, by an error, by what skipped its frames. */
  ends(own, passed) {
    if (this.instance.exports.__unpoison_state.value !== 0) return true;
    if (passed) return !this.unwinds && this.options.hostExceptions !== "pass";
    return own && (this.panicSeals || !(own instanceof PanicError));
  }
  /** The current instance is at an end, by this. */
  fell(failure) {
    this.closed = this.broken = true;
    this.failure = failure;
    this.after = true;
    this.restarts.failed();
    this.untold.push(failure);
    if (this.later && this.policy === "reinit") Promise.resolve().then(() => this.dead && this.restarts.wait === 0 && this.ahead());
  }
  /** Tells the hooks what they have still to be told; what they throw is thrown. */
  flush() {
    while (this.untold.length > 0) this.tell(this.untold.shift());
  }
  /** Once: an error passes all the calls that its own was nested in. */
  tell(error) {
    if (this.told.has(error)) return;
    this.told.add(error);
    const { onPanic, onAbort } = this.options;
    if (error instanceof PanicError) {
      this.counts.panics++;
      onPanic?.(error, this.context);
    } else {
      this.counts.aborts++;
      onAbort?.(error, this.context);
    }
  }
};
function detach(memory) {
  try {
    memory?.grow(0);
  } catch {
  }
}
function tooLarge(error) {
  return error?.name === "RangeError" && trapOf(error, false) === void 0;
}
function roomy(frames) {
  try {
    return frames === 0 || roomy(frames - 1);
  } catch {
    return false;
  }
}
function skipped(cause) {
  const message = `an exception of the host's left through Rust's frames: ${describe(cause)}`;
  return new RustAbortError({ message, kind: "exception" }, { cause });
}
function describe(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

// src/memory.js
var RecoveredMemory = class {
  #core;
  #memory;
  /**
   * @param {import("./core.js").Core} core
   * @param {() => WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }
  /** Ask again after each call: growth and a fresh instance detach it. */
  get buffer() {
    this.#core.live();
    return this.#memory().buffer;
  }
  grow(pages) {
    this.#core.live();
    return this.#memory().grow(pages);
  }
  /** A view that outlives growth, and refuses to outlive the instance. */
  view(type, address = 0, length = void 0) {
    this.#core.live();
    return new MemoryView(this.#core, this.#memory(), type, address >>> 0, length);
  }
};
var MemoryView = class {
  #core;
  #memory;
  #type;
  #generation;
  #view;
  constructor(core, memory, type, address, length) {
    this.#core = core;
    this.#memory = memory;
    this.#type = type;
    this.#generation = core.generation;
    this.address = address;
    this.length = length;
    this.get();
  }
  /** The typed array (or `DataView`) itself, on the memory as large as it is now. */
  get() {
    const core = this.#core;
    core.live(this.#generation, "the view");
    const { buffer } = this.#memory;
    if (this.#view?.buffer !== buffer) this.#view = new this.#type(buffer, this.address, this.length);
    return this.#view;
  }
};

// src/exports.js
function stableExports(core) {
  const exports = /* @__PURE__ */ Object.create(null);
  const first = /* @__PURE__ */ Object.create(null);
  const binders = [];
  let memory;
  for (const { name, kind } of WebAssembly.Module.exports(core.module)) {
    if (name.startsWith("__unpoison_")) continue;
    const current = () => core.instance.exports[name];
    if (kind === "function") {
      for (const [to, early] of [[exports, false], [first, true]]) {
        const { call, bind: bind2 } = core.wrapper(early);
        binders.push((from) => {
          if (core.generation === 1) looksLike(call, name, from[name].length);
          bind2(from[name]);
        });
        to[name] = call;
      }
      continue;
    }
    if (kind === "tag") {
      for (const to of [exports, first]) Object.defineProperty(to, name, { get: current, enumerable: true });
      continue;
    }
    const Stable = { memory: RecoveredMemory, table: RecoveredTable, global: RecoveredGlobal }[kind];
    exports[name] = first[name] = new Stable(core, current);
    if (kind === "memory") memory ??= exports[name];
  }
  const bind = (from) => {
    for (const binder of binders) binder(from);
  };
  memory ??= new RecoveredMemory(core, () => core.memory);
  return { exports: Object.freeze(exports), first: Object.freeze(first), memory, bind };
}
function looksLike(f, name, length) {
  Object.defineProperty(f, "name", { value: name });
  Object.defineProperty(f, "length", { value: length });
}
var RecoveredTable = class {
  #core;
  #table;
  constructor(core, table) {
    this.#core = core;
    this.#table = table;
  }
  get length() {
    this.#core.live();
    return this.#table().length;
  }
  /** A function is bound to the instance that it is of. */
  get(index) {
    this.#core.live();
    return this.#core.lender.out(this.#table().get(index), this.#core.generation);
  }
};
var RecoveredGlobal = class {
  #core;
  #global;
  constructor(core, global) {
    this.#core = core;
    this.#global = global;
  }
  get value() {
    this.#core.live();
    return this.#global().value;
  }
  set value(value) {
    this.#core.live();
    this.#global().value = value;
  }
  valueOf() {
    return this.value;
  }
};

// src/imports.js
function wrapImports(core, imports = {}, generation) {
  const wrapped = /* @__PURE__ */ Object.create(null);
  for (const { module: module2, name, kind } of WebAssembly.Module.imports(core.module)) {
    const value = given(given(imports, module2), name);
    wrapped[module2] ??= /* @__PURE__ */ Object.create(null);
    wrapped[module2][name] = kind === "function" && typeof value === "function" ? wrap(core, value, generation) : value;
  }
  return wrapped;
}
function wrap(core, f, generation) {
  const { foreign, lender } = core;
  return (...args) => {
    for (let at = 0; at < args.length; at++) {
      if (typeof args[at] === "function") args[at] = lender.out(args[at], generation);
    }
    const starts = generation > core.generation;
    const before = core.broken;
    core.outs++;
    if (starts) core.depth++;
    let result;
    try {
      result = f(...args);
      if (lender.any) result = lender.in(result, generation);
    } catch (e) {
      if (isObject(e)) foreign.add(e);
      core.thrownAt = core.outs;
      core.thrown = e;
      core.meant = false;
      throw e;
    } finally {
      if (starts) core.depth--;
    }
    if (core.broken && !before) throw core.refusal();
    return result;
  };
}
function sharedImports(module2) {
  const carries = ({ kind }) => kind === "memory" || kind === "table";
  return WebAssembly.Module.imports(module2).filter(carries);
}

// src/raw.js
var RawCore = class extends Core {
  #stable;
  #importsFor;
  keeps = true;
  /** What calls end with comes from the module itself. */
  direct = true;
  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports | ((generation: number) => WebAssembly.Imports)} imports
   */
  constructor(module2, imports, options, checkpoint) {
    super(options, checkpoint);
    this.of(module2);
    this.#importsFor = importer(module2, imports);
    this.#stable = stableExports(this);
    this.exports = this.#stable.exports;
    this.first = this.#stable.first;
    this.view = this.#stable.memory;
  }
  make(generation) {
    const { imports, memory } = this.#importsFor(this, generation);
    const instance = new WebAssembly.Instance(this.module, imports);
    return { instance, memory: memory ?? memoryIn(instance.exports) };
  }
  async makeLater(generation) {
    const { imports, memory } = this.#importsFor(this, generation);
    const instance = await WebAssembly.instantiate(this.module, imports);
    return () => ({ instance, memory: memory ?? memoryIn(instance.exports) });
  }
  bind({ exports }) {
    this.#stable.bind(exports);
  }
};
function importer(module2, imports) {
  const shared = sharedImports(module2);
  if (typeof imports !== "function" && shared.length > 0) {
    const [{ module: from, name, kind }] = shared;
    throw new TypeError(
      `the module imports a ${kind} (${from}.${name}): \`imports\` must be a function that makes a new one for each instance`
    );
  }
  const memory = shared.find(({ kind }) => kind === "memory");
  return (core, generation) => {
    const wrapped = wrapImports(core, typeof imports === "function" ? imports(generation) : imports, generation);
    return { imports: wrapped, memory: memory && wrapped[memory.module][memory.name] };
  };
}

// src/recovered.js
var Recovered = class {
  #core;
  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
    this.exports = core.exports;
  }
  get module() {
    return this.#core.module;
  }
  get generation() {
    return this.#core.generation;
  }
  get instance() {
    return this.#core.instance;
  }
  get failure() {
    const core = this.#core;
    if (!core.closed || core.opening) return void 0;
    core.know();
    return core.failure;
  }
  get memory() {
    return this.#core.view;
  }
  checkpoint() {
    const core = this.#core;
    if (core.checkpoint === void 0) throw new TypeError("checkpoints were not asked for (option `checkpoint`)");
    if (core.depth > 0) throw new TypeError("no checkpoint can be taken while a call is in flight");
    if (core.closed) core.reopen();
    core.checkpoint.take(core.memory);
  }
  reinit() {
    this.#core.again();
  }
  async ready() {
    await this.#core.ready();
  }
  stats() {
    const { generation, counts, restarts, closed } = this.#core;
    return { generation, ...counts, row: restarts.row, live: !closed, retryAfter: closed ? restarts.wait : 0 };
  }
};

// src/source.js
var isModule = (value) => typeOf(value) === "WebAssembly.Module";
async function compiled(source, needed) {
  const given2 = await source;
  if (isModule(given2)) return { module: given2 };
  if (typeOf(given2) === "Response") return streamed(given2, needed);
  const bytes = bytesOf(given2);
  return { module: await WebAssembly.compile(bytes), bytes };
}
function compiledSync(source) {
  if (isModule(source)) return { module: source };
  const bytes = bytesOf(source);
  return { module: new WebAssembly.Module(bytes), bytes };
}
function bytesOf(source) {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (/^(Shared)?ArrayBuffer$/.test(typeOf(source))) return new Uint8Array(source);
  throw new TypeError("a module is needed: bytes, a WebAssembly.Module, or a Response");
}
async function streamed(response, needed) {
  if (!response.ok) throw new TypeError(`the module could not be fetched: ${response.status} ${response.statusText}`);
  const type = response.headers.get("content-type")?.split(";")[0].trim();
  if (type !== "application/wasm" || WebAssembly.compileStreaming === void 0) {
    const bytes2 = new Uint8Array(await response.arrayBuffer());
    return { module: await WebAssembly.compile(bytes2), bytes: bytes2 };
  }
  if (!needed) return { module: await WebAssembly.compileStreaming(response) };
  const copy2 = response.clone();
  const [module2, bytes] = await Promise.all([WebAssembly.compileStreaming(response), copy2.arrayBuffer()]);
  return { module: module2, bytes: new Uint8Array(bytes) };
}

// src/recover.js
var NEEDED = ["__unpoison_state", "__unpoison_report"];
async function recover(source, imports = {}, options = {}) {
  checkOptions(options, RAW);
  const core = coreOf(await compiled(source, options.checkpoint !== void 0), imports, options);
  await core.renewLater();
  return new Recovered(core);
}
function recoverSync(source, imports = {}, options = {}) {
  checkOptions(options, RAW);
  const core = coreOf(compiledSync(source), imports, options);
  core.renew();
  return new Recovered(core);
}
function coreOf({ module: module2, bytes }, imports, options) {
  const names2 = WebAssembly.Module.exports(module2).map(({ name }) => name);
  const missing = NEEDED.find((name) => !names2.includes(name));
  if (missing !== void 0) {
    throw new TypeError(`the module does not export \`${missing}\`: it was not linked by unpoison`);
  }
  const read3 = bytes ?? (options.bytes && bytesOf(options.bytes));
  return new RawCore(module2, imports, options, checkpointFor(module2, read3, options));
}

// src/pending.js
var Pending = class {
  #rejects = /* @__PURE__ */ new Set();
  /** The same promise, but for the case that the instance fails first. */
  watch(promise) {
    let fail;
    const watched = new Promise((resolve, reject) => {
      fail = (failure) => {
        watched.catch(() => {
        });
        reject(failure);
      };
      this.#rejects.add(fail);
      const done = (settle) => (value) => {
        this.#rejects.delete(fail);
        settle(value);
      };
      promise.then(done(resolve), done(reject));
    });
    return watched;
  }
  /** @param {Error} failure what the instance failed by */
  fail(failure) {
    const rejects = [...this.#rejects];
    this.#rejects.clear();
    for (const reject of rejects) reject(failure);
  }
};

// src/wraps.js
var WRAPS = /\.__wrap\(/;
var wraps = (f) => typeof f === "function" && WRAPS.test(Function.prototype.toString.call(f));
function shown(met, call) {
  const { create } = Object;
  try {
    Object.create = function(...args) {
      return met(Reflect.apply(create, this, args));
    };
  } catch {
    return call();
  }
  try {
    return call();
  } finally {
    Object.create = create;
  }
}

// src/bindgen.js
var LATER = /^__wbg_(queueMicrotask|then|finally|setTimeout)_/;
var TASKS = /^__wbg_queueMicrotask_/;
var THROWS = /^__wbg___wbindgen_(re)?throw_|^__wbindgen_(re)?throw$/;
var CAUGHT = /^__wbg___wbindgen_panic_error_/;
var FREES = new Set(["free", Symbol.dispose].filter((name) => name !== void 0));
var OWNER = /* @__PURE__ */ Symbol.for("unpoison.owner");
var NO_FLAGS = new Int32Array(1);
var BindgenCore = class extends Core {
  #glue;
  #kind;
  #entries = /* @__PURE__ */ new WeakMap();
  /** Methods as the glue has them. */
  #originals = [];
  /** Prototypes of the classes that were wrapped. */
  #classes = /* @__PURE__ */ new WeakSet();
  #owner;
  /** wasm-bindgen's flag that ends an instance, and where it is in there; see `terminated`. */
  flags = NO_FLAGS;
  flagAt = 0;
  keeps = false;
  direct = false;
  patient = true;
  /** Of the newest instance, opened or not; its objects have it as `__wbg_inst`. */
  id = 0;
  /** How many instances the glue had made before it began to count. */
  uncounted = 0;
  /** @param {(old: object | undefined) => object} kindOf see `glue-reset.js`, `glue-bundler.js` */
  constructor(glue, kindOf2, options) {
    super(options);
    this.#glue = glue;
    const identity = glue.__wbg_reset_state ?? glue.__wbg_set_wasm ?? glue;
    const old = identity[OWNER];
    this.#kind = kindOf2(old?.kind);
    this.pending = new Pending();
    old?.retire();
    this.id = old?.id() ?? 0;
    this.exports = this.#stable();
    this.view = new RecoveredMemory(this, () => this.memory);
    this.#owner = { kind: this.#kind, id: () => this.id, retire: () => this.#retire() };
    Object.defineProperty(identity, OWNER, { value: this.#owner, configurable: true });
  }
  /** The glue is recovered anew, as after a hot reload. */
  #retire() {
    for (const [prototype, name, property] of this.#originals.reverse()) Object.defineProperty(prototype, name, property);
    this.closed = true;
    this.reason = new Error("the glue was recovered once more");
    this.policy = "seal";
    this.pending.fail(this.reason);
  }
  /** The first instance could not be made at once. */
  inBackground() {
    this.later = true;
    this.ahead();
  }
  make() {
    this.#before();
    this.#kind.foresee?.((value) => this.#met(value));
    return this.#kind.make(this, (imports) => this.#watched(imports));
  }
  makeLater() {
    this.#before();
    this.#kind.foresee?.((value) => this.#met(value));
    return this.#kind.makeLater(this, (imports) => this.#watched(imports));
  }
  #before() {
    this.pending.fail(this.failure ?? new StaleError("the promise", this.generation, this.newest + 1));
    this.id++;
  }
  /** The glue has let go of the old instance, whether the new one could be started or not. */
  again() {
    const { id, generation } = this;
    try {
      super.again();
    } catch (e) {
      if (this.id !== id && this.generation === generation) {
        this.closed = true;
        this.reason = e;
      }
      throw e;
    }
  }
  bind({ exports }) {
    const at = exports.__instance_terminated?.value;
    this.flagAt = at === void 0 ? 0 : at >>> 2;
    this.flags = at === void 0 ? NO_FLAGS : new Int32Array(this.memory.buffer);
  }
  /** wasm-bindgen's own flag: it lets nothing in any more. */
  get terminated() {
    if (this.flags.length === 0) this.flags = new Int32Array(this.memory.buffer);
    return this.flags[this.flagAt] !== 0;
  }
  ends(own, passed) {
    return this.terminated || super.ends(own, passed && !this.meant);
  }
  found() {
    if (!this.terminated) return super.found();
    return failureOf(this.instance, this) ?? new RustAbortError({ message: "the module was terminated" });
  }
  fell(failure) {
    super.fell(failure);
    this.pending.fail(failure);
  }
  /** Whether what is of an instance may still be used. */
  current(id) {
    return id === this.id && !this.closed;
  }
  /** Closures of Rust's that become functions of the host's are entries, too. */
  #watched(imports) {
    const wrapped = wrapImports(this, imports, this.newest + 1);
    const met = (value) => this.#met(value);
    for (const [module2, functions] of Object.entries(wrapped)) {
      for (const [name, f] of Object.entries(functions)) {
        if (typeof f !== "function") continue;
        if (THROWS.test(name)) functions[name] = (...args) => this.#meant(() => f(...args));
        else if (CAUGHT.test(name)) functions[name] = (...args) => this.#panicked(f(...args));
        else if (LATER.test(name)) functions[name] = (...args) => f(...args.map((arg) => this.#quiet(arg, TASKS.test(name))));
        else if (wraps(given(given(imports, module2), name))) functions[name] = (...args) => this.#closure(shown(met, () => f(...args)));
        else functions[name] = (...args) => this.#closure(f(...args));
      }
    }
    return wrapped;
  }
  #meant(call) {
    try {
      return call();
    } catch (e) {
      this.meant = true;
      throw e;
    }
  }
  /** Inside Rust: a hook that threw here would end the instance. It is told at the way out. */
  #panicked(cause) {
    if (this.instance === void 0) return cause;
    const error = caughtPanic(this.instance, cause, this);
    this.untold.push(error);
    this.after = true;
    return error;
  }
  /**
   * An object of a class that the glue does not hand out by itself, for it is private to the
   * glue: the first that comes by shows the class.
   */
  #met(value) {
    if (typeof value !== "object" || value === null) return value;
    let prototype = Object.getPrototypeOf(value);
    while (prototype !== null && !Object.hasOwn(prototype, "__destroy_into_raw")) prototype = Object.getPrototypeOf(prototype);
    if (prototype === null || this.#classes.has(prototype)) return value;
    this.#classOf(prototype.constructor);
    this.#kind.mark(this, value);
    return value;
  }
  #closure(value) {
    const unref = typeof value === "function" && value._wbg_cb_unref;
    if (typeof unref !== "function") return this.#met(value);
    const id = this.id;
    const held = this.#kind.hold(this, value);
    const entry = this.entry(held.call);
    const enter2 = this.options.scope?.later(entry) ?? entry;
    const closure = (...args) => {
      if (id !== this.id || this.dead) return this.stale("the closure", id + this.uncounted);
      return enter2(...args);
    };
    closure._wbg_cb_unref = () => {
      if (id === this.id) held.release();
    };
    held.by?.(closure);
    return closure;
  }
  /** For tasks: the failure has been told to whoever waits. */
  #quiet(value, tasks) {
    if (typeof value !== "function" || value._wbg_cb_unref === void 0) return value;
    const id = this.id;
    const { scope } = this.options;
    const quiet = (...args) => {
      if (id !== this.id || barred(this)) return void 0;
      try {
        return value(...args);
      } catch (e) {
        if (!barred(this)) throw e;
        return void 0;
      } finally {
        this.flush();
      }
    };
    return (tasks ? scope?.shared(quiet) : scope?.later(quiet)) ?? quiet;
  }
  /** A promise of this instance's, as it is handed out. */
  #waits(promise) {
    const watched = this.pending.watch(promise);
    return this.options.scope?.waited(watched) ?? watched;
  }
  /** A function of the glue's as the host may call it. */
  entry(f) {
    const core = this;
    const { lender } = this;
    const general = function(...args) {
      enter(core, this);
      for (const arg of args) check(core, arg);
      const { outs } = core;
      let result;
      core.depth++;
      try {
        result = f.apply(this, lender.any ? args.map((value) => lender.in(value, core.generation)) : args);
      } catch (e) {
        throw caught(core, e, outs);
      } finally {
        core.depth--;
      }
      return left(core, result);
    };
    switch (f.length) {
      case 0:
        return function() {
          if (core.closed || core.flags[core.flagAt] !== 0 || lender.any || arguments.length > 0) return general.apply(this, arguments);
          if (this?.__wbg_inst !== core.id) check(core, this);
          const { outs } = core;
          let result;
          core.depth++;
          try {
            result = f.call(this);
          } catch (e) {
            throw caught(core, e, outs);
          } finally {
            core.depth--;
          }
          return core.after || typeof result === "object" || typeof result === "function" ? left(core, result) : result;
        };
      case 1:
        return function(one2) {
          if (core.closed || core.flags[core.flagAt] !== 0 || lender.any || arguments.length > 1) return general.apply(this, arguments);
          if (this?.__wbg_inst !== core.id) check(core, this);
          if (typeof one2 === "object") check(core, one2);
          const { outs } = core;
          let result;
          core.depth++;
          try {
            result = f.call(this, one2);
          } catch (e) {
            throw caught(core, e, outs);
          } finally {
            core.depth--;
          }
          return core.after || typeof result === "object" || typeof result === "function" ? left(core, result) : result;
        };
      default:
        return general;
    }
  }
  /** What is not a plain value, on its way to the host. */
  gives(result) {
    if (typeOf(result) === "Promise") return this.#waits(result);
    return this.lender.out(this.#met(result), this.generation);
  }
  #stable() {
    return this.#all(this.#glue, (name) => !this.#kind.own.has(name));
  }
  /** What is in a namespace, too, and in those inside of it. */
  #all(from, wanted) {
    const to = /* @__PURE__ */ Object.create(null);
    for (const [name, value] of Object.entries(from)) {
      if (!wanted(name)) continue;
      if (typeof value === "function") put(to, name, this.#wrapped(value));
      else put(to, name, isNamespace(value) ? this.#all(value, () => true) : value);
    }
    return Object.freeze(to);
  }
  #wrapped(f) {
    if (!isClass(f)) return named(this.entry(f), f);
    this.#classOf(f);
    const construct = this.entry((target, args, of) => Reflect.construct(target, args, of));
    const stable = new Proxy(f, {
      construct: (target, args, of) => construct(target, args, of === stable ? target : of),
      get: (target, name, receiver) => {
        const value = Reflect.get(target, name, receiver);
        const own = typeof value === "function" && name !== "prototype" && Object.hasOwn(target, name);
        return own && !String(name).startsWith("__") ? this.#once(value) : value;
      }
    });
    return stable;
  }
  #classOf(f) {
    this.#classes.add(f.prototype);
    this.#methods(f.prototype);
    this.#kind.adopt(this, f);
  }
  #once(f) {
    if (!this.#entries.has(f)) this.#entries.set(f, named(this.entry(f), f));
    return this.#entries.get(f);
  }
  /** In place, for the glue makes objects of the class by itself. */
  #methods(prototype) {
    const forget = prototype.__destroy_into_raw;
    for (const name of Reflect.ownKeys(prototype)) {
      if (name === "constructor") continue;
      const property = Object.getOwnPropertyDescriptor(prototype, name);
      this.#originals.push([prototype, name, { ...property }]);
      for (const part of ["value", "get", "set"]) {
        const f = property[part];
        if (typeof f !== "function") continue;
        if (name === "__destroy_into_raw") property[part] = this.#given(f);
        else property[part] = FREES.has(name) ? this.#free(f, forget) : this.#once(f);
      }
      Object.defineProperty(prototype, name, property);
    }
  }
  /** An object that Rust takes, also one inside an array, where no entry sees it. */
  #given(f) {
    const core = this;
    return function() {
      check(core, this);
      return f.call(this);
    };
  }
  /** What belongs to an instance that is gone went with it. */
  #free(f, forget) {
    const core = this;
    const enter2 = this.#once(f);
    return function() {
      if (core.closed || (this.__wbg_inst ?? core.id) !== core.id) forget.call(this);
      else enter2.call(this);
    };
  }
};
function barred(core) {
  return core.closed && !(core.opening && !core.broken);
}
function enter(core, self) {
  if (core.terminated && !core.closed) core.fell(core.found());
  if (barred(core)) core.reopen();
  check(core, self);
}
function check(core, value) {
  if (typeof value !== "object" || value === null) return;
  const of = value.__wbg_inst;
  if (of !== void 0 && of !== core.id) throw core.staleError("the object", of + core.uncounted);
}
function caught(core, exception, outs) {
  const before = core.broken;
  core.closed = core.broken = true;
  return core.failed(exception, before, outs);
}
function left(core, result) {
  if (core.after && core.depth === 0 && !core.opening) core.went();
  return typeof result === "object" || typeof result === "function" ? core.gives(result) : result;
}
function isNamespace(value) {
  if (typeOf(value) !== "Object" || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return false;
  return Object.values(value).some((inner) => typeof inner === "function" || isNamespace(inner));
}
function named(wrapper, f) {
  Object.defineProperty(wrapper, "name", { value: f.name });
  Object.defineProperty(wrapper, "length", { value: f.length });
  return wrapper;
}

// src/kin.js
var FIELD = /\b__wbg_ptr_\w+/g;
var ABOVE = /\b__anc_(\w+)/g;
var Kin = class {
  /** Objects that are not given back, by each of their pointers. */
  #held = /* @__PURE__ */ new Map();
  /** A pointer that the glue gives back next, of an object that is not gone. */
  #releasing;
  #symbols = /* @__PURE__ */ new Map();
  /** What was of the instance before went with it. */
  clear() {
    this.#held.clear();
    this.#releasing = void 0;
  }
  /** Whether a class is of a hierarchy; then its objects say from now on of which instance they are. */
  adopt(core, f) {
    const text2 = Function.prototype.toString.call(f);
    const fields = new Set(text2.match(FIELD));
    const above = new Set([...text2.matchAll(ABOVE)].map(([, name]) => `__wbg_ptr_${name}`));
    for (const field of fields) this.#define(core, f.prototype, field, above.has(field));
    return fields.size > 0;
  }
  #define(core, prototype, field, above) {
    const kin = this;
    if (!this.#symbols.has(field)) this.#symbols.set(field, Symbol(field));
    const symbol = this.#symbols.get(field);
    Object.defineProperty(prototype, field, {
      configurable: true,
      get() {
        return this[symbol];
      },
      set(pointer) {
        const before = this[symbol];
        Object.defineProperty(this, symbol, { value: pointer, configurable: true });
        if (!Object.hasOwn(this, "__wbg_inst")) Object.defineProperty(this, "__wbg_inst", { value: core.id, configurable: true });
        if (this.__wbg_inst !== core.id) return;
        if (before) kin.#forget(before, (object) => object === this);
        if (pointer !== 0) kin.#hold(pointer, this);
        else if (above) kin.#releasing = before;
      }
    });
  }
  #hold(pointer, object) {
    const held = this.#held.get(pointer) ?? [];
    held.push(new WeakRef(object));
    this.#held.set(pointer, held);
  }
  /** Whether there was such an object. */
  #forget(pointer, wanted) {
    const held = this.#held.get(pointer);
    const at = held?.findIndex((object) => wanted(object.deref())) ?? -1;
    if (at < 0) return false;
    held.splice(at, 1);
    if (held.length === 0) this.#held.delete(pointer);
    return true;
  }
  /** Whether a pointer that comes from a finalizer, or from one that might be, is to be freed. */
  frees(pointer) {
    const releasing = this.#releasing === pointer;
    this.#releasing = void 0;
    return releasing || this.#forget(pointer, (object) => object === void 0);
  }
};

// src/glue-bundler.js
var FREE = /^__wbg_(?!get_|set_).*_free$/;
var Handle = class {
  constructor(pointer, id) {
    this.pointer = pointer;
    this.id = id;
  }
  valueOf() {
    return this.pointer;
  }
};
var NOTHING = new Proxy({}, { get: () => () => 0 });
var BundlerGlue = class {
  #glue;
  #module;
  #imports;
  /** The memory of the newest instance, opened or not. */
  #memory;
  #made;
  /** The closures of the current instance. */
  #closures = /* @__PURE__ */ new Set();
  /** Those that failed while they were given back: the glue's finalizers are never to see them. */
  #stuck = [];
  #forgotten;
  /** Objects of classes that extend each other. */
  #kin = new Kin();
  /** Prototypes of classes that the glue does not export. */
  #private = /* @__PURE__ */ new Set();
  own;
  /** @param {BundlerGlue | undefined} old the same glue, recovered before */
  constructor(glue, options, old) {
    this.#glue = glue;
    this.identity = glue.__wbg_set_wasm;
    this.#module = compiledSync(options.module).module;
    const shared = sharedImports(this.#module).find(({ kind }) => kind === "memory");
    if (shared !== void 0) throw new TypeError("the module imports its memory, which instances would share");
    this.#imports = importsOf(this.#module, glue, options.imports);
    const names2 = WebAssembly.Module.imports(this.#module).map(({ name }) => name);
    this.own = /* @__PURE__ */ new Set(["__wbg_set_wasm", ...names2]);
    if (old !== void 0) {
      this.#memory = old.#memory;
      this.#closures = old.#closures;
      this.#stuck = old.#stuck;
      this.#private = old.#private;
    } else if (started(glue)) {
      throw new TypeError("the glue has an instance already: import `NAME_bg.js` alone, and not `NAME.js`");
    }
    if (typeof FinalizationRegistry === "function") {
      this.#forgotten = new FinalizationRegistry((release) => release());
    }
  }
  /**
   * Shows an object of each class that Rust hands to JavaScript by an import: some classes are
   * private to the glue. Without an instance and a pointer it is of no use to anybody.
   */
  foresee(met) {
    for (const prototype of this.#private) met(Object.create(prototype));
    if (this.#memory !== void 0) return;
    for (const f of Object.values(this.#imports).flatMap((functions) => Object.values(functions))) {
      if (!wraps(f)) continue;
      try {
        met(f(0));
      } catch {
      }
    }
  }
  make(core, watched) {
    core.of(this.#module);
    return this.#start(core, new WebAssembly.Instance(this.#module, watched(this.#imports)));
  }
  async makeLater(core, watched) {
    core.of(this.#module);
    const made = await WebAssembly.instantiate(this.#module, watched(this.#imports));
    return () => this.#start(core, made);
  }
  #start(core, made) {
    const old = this.#closures;
    this.#closures = /* @__PURE__ */ new Set();
    this.#kin.clear();
    this.#memory?.grow(0);
    this.#memory = memoryIn(made.exports);
    this.#made = made;
    this.#glue.__wbg_set_wasm(NOTHING);
    for (const held of old) {
      if (held.given) this.#stuck.push(held);
      else held.unref();
    }
    old.clear();
    this.#glue.__wbg_set_wasm(this.#guarded(core, made.exports));
    try {
      made.exports.__wbindgen_start?.();
    } catch (e) {
      throw decode(made, e, { module: core.module, sites: core.sites });
    }
    return { instance: made, memory: this.#memory };
  }
  /** A finalizer frees what is of this instance, and nothing else. */
  #guarded(core, exports) {
    const guarded = { ...exports };
    for (const [name, f] of Object.entries(exports)) {
      if (!FREE.test(name)) continue;
      const enter2 = core.entry(f);
      guarded[name] = (pointer, late) => {
        if (pointer instanceof Handle) {
          if (core.current(pointer.id)) enter2(pointer.pointer, late);
        } else if (late !== 1) {
          f(pointer, late);
        } else if (this.#kin.frees(pointer)) {
          enter2(pointer, late);
        }
      };
    }
    return guarded;
  }
  /** Objects of a class say of which instance they are, and so do their finalizers. */
  adopt(core, f) {
    const { prototype } = f;
    if (prototype.__destroy_into_raw === void 0) return;
    if (this.#kin.adopt(core, f)) return;
    const handles = /* @__PURE__ */ new WeakMap();
    Object.defineProperty(prototype, "__wbg_ptr", {
      configurable: true,
      set(pointer) {
        const id = core.id;
        handles.set(this, new Handle(pointer, id));
        Object.defineProperty(this, "__wbg_inst", { value: id, configurable: true });
      },
      // The first to read it is who registers the object. From then on it is a number.
      get() {
        const handle = handles.get(this);
        if (handle === void 0) return void 0;
        handles.delete(this);
        const value = handle.pointer;
        Object.defineProperty(this, "__wbg_ptr", { value, writable: true, enumerable: true, configurable: true });
        return handle;
      }
    });
  }
  /** An object that was there before its class was adopted: it is of this instance. */
  mark(core, object) {
    this.#private.add(Object.getPrototypeOf(object));
    if (object.__wbg_inst === void 0) Object.defineProperty(object, "__wbg_inst", { value: core.id, configurable: true });
  }
  /** Keeps a closure of the glue's alive until the glue has forgotten it. */
  hold(core, closure) {
    const { id } = core;
    const all = this.#closures;
    const held = { unref: closure._wbg_cb_unref, given: false };
    all.add(held);
    let inside = 0;
    const settle = () => {
      if (held.given && inside === 0) all.delete(held);
    };
    const release = () => {
      if (held.given) return;
      held.given = true;
      held.unref();
      settle();
    };
    const call = (...args) => {
      let returned = false;
      inside++;
      try {
        const result = closure(...args);
        returned = true;
        return result;
      } finally {
        inside--;
        if (returned || this.#intact) settle();
      }
    };
    const by = (wrapper) => {
      const enter2 = core.entry(release);
      this.#forgotten?.register(wrapper, () => core.current(id) && enter2(), held);
    };
    return {
      call,
      by,
      release: () => {
        this.#forgotten?.unregister(held);
        release();
      }
    };
  }
  get #intact() {
    return this.#made?.exports.__unpoison_state.value === 0;
  }
};
function importsOf(module2, glue, given2) {
  const imports = /* @__PURE__ */ Object.create(null);
  for (const { module: from, name } of WebAssembly.Module.imports(module2)) {
    const of = given(given2, from) ?? (/_bg\.js$/.test(from) ? glue : void 0);
    const value = given(of, name);
    if (value === void 0) throw new TypeError(`the module imports ${name} from "${from}": give it in \`imports\``);
    imports[from] ??= /* @__PURE__ */ Object.create(null);
    imports[from][name] = value;
  }
  return imports;
}
function started(glue) {
  try {
    glue.__wbindgen_init_externref_table();
    return true;
  } catch {
    return false;
  }
}

// src/glue-reset.js
var ResettingGlue = class {
  #glue;
  /** What glue that is not initialized is initialized with: it starts one instance less. */
  #module;
  /** What the glue needs for itself. */
  own = /* @__PURE__ */ new Set(["default", "initSync", "__wbg_reset_state", "__wasm"]);
  constructor(glue, options) {
    this.#glue = glue;
    this.identity = glue.__wbg_reset_state;
    if (options.imports !== void 0) throw new TypeError("`imports` is for glue of the target `bundler`");
    if (options.module !== void 0 && typeof glue.initSync !== "function") {
      throw new TypeError("`module` is for glue of the targets `web` and `bundler`");
    }
    if (options.module !== void 0) this.#module = compiledSync(options.module).module;
  }
  make(core, watched) {
    let made;
    this.#reset(core, (module2, imports, Instance) => {
      core.of(module2);
      made = new Instance(module2, watched(imports));
      return made;
    }, () => made);
    return { instance: made, memory: memoryIn(made.exports) };
  }
  /** Twice: once for what the instance is to be made of, once to hand it over. */
  async makeLater(core, watched) {
    let parts;
    const enough = new Error("the instance is made in the background");
    try {
      this.#reset(core, (...given2) => {
        parts = given2;
        throw enough;
      });
    } catch (e) {
      if (e !== enough) throw e;
    }
    const [module2, imports] = parts;
    core.of(module2);
    const made = await WebAssembly.instantiate(module2, watched(imports));
    return () => {
      core.id++;
      this.#reset(core, () => made, () => made);
      return { instance: made, memory: memoryIn(made.exports) };
    };
  }
  /**
   * The glue takes its instance from `new WebAssembly.Instance`, at once: until it does,
   * that is another constructor. Whoever else calls it is given what he asks for.
   */
  #reset(core, give, made = () => void 0) {
    const { Instance } = WebAssembly;
    const restore = () => {
      if (WebAssembly.Instance === Watched) WebAssembly.Instance = Instance;
    };
    const known = core.module;
    const mine = (module2, imports) => known ? module2 === known : isGlues(module2, imports);
    let asked = false;
    let initializing = this.#module !== void 0;
    function Watched(module2, imports) {
      if (!mine(module2, imports)) return Reflect.construct(Instance, [module2, imports], new.target === Watched ? Instance : new.target);
      restore();
      asked = true;
      if (initializing) {
        core.id--;
        core.uncounted = 1;
      }
      return give(module2, imports, Instance);
    }
    Watched.prototype = Instance.prototype;
    WebAssembly.Instance = Watched;
    try {
      if (initializing) this.#glue.initSync({ module: this.#module });
      initializing = false;
      if (!asked) this.#glue.__wbg_reset_state();
    } catch (e) {
      throw made() === void 0 ? e : decode(made(), e, { module: core.module, sites: core.sites });
    } finally {
      restore();
    }
    if (made() === void 0) throw new TypeError("the glue made no instance");
  }
  adopt() {
  }
  /** The glue has done it. */
  mark() {
  }
  /** The glue's own finalizers know the instance. */
  hold(_core, closure) {
    return { call: closure, release: closure._wbg_cb_unref };
  }
};
function isGlues(module2, imports) {
  if (typeOf(module2) !== "WebAssembly.Module") throw new TypeError("the glue has no module yet: initialize it first");
  const exports = WebAssembly.Module.exports(module2).map(({ name }) => name);
  if (!exports.includes("__wbindgen_start")) return false;
  if (!exports.includes("__unpoison_state")) {
    throw new TypeError("the module does not export `__unpoison_state`: it was not linked by unpoison");
  }
  const from = new Set(WebAssembly.Module.imports(module2).map((one2) => one2.module));
  return [...from].every((name) => imports?.[name] !== void 0);
}

// src/recover-bindgen.js
function recoverBindgen(glue, options = {}) {
  if (options.checkpoint !== void 0) {
    throw new TypeError("a checkpoint would leave out the objects that the glue keeps for Rust");
  }
  checkOptions(options, BINDGEN);
  const core = new BindgenCore(glue, (old) => kindOf(glue, options, old), options);
  try {
    core.renew();
  } catch (e) {
    if (!tooLarge(e)) throw e;
    core.inBackground();
  }
  return new Recovered(core);
}
function kindOf(glue, options, old) {
  if (typeof glue.__wbg_reset_state === "function") return new ResettingGlue(glue, options);
  if (typeof glue.__wbg_set_wasm !== "function") {
    throw new TypeError(
      "the glue has no `__wbg_reset_state`: run wasm-bindgen with `--experimental-reset-state-function`"
    );
  }
  if (options.module === void 0) {
    throw new TypeError("glue of the target `bundler` makes no instances: give `module`, compiled or its bytes");
  }
  return new BundlerGlue(glue, options, old);
}
