// What a host may ask for. A misspelt option would pass in silence.

const POLICIES = ["reinit", "seal", "throw"];
const STALE = ["throw", "ignore"];
const HOST = ["fail", "pass"];
const HOOKS = ["onPanic", "onAbort", "onReinit", "onInstance", "init"];
const COMMON = [...HOOKS, "policy", "stale", "hostExceptions", "restarts", "rehearse", "sites"];
const RESTARTS = ["limit", "within", "backoff"];
const REHEARSE = ["seed", "rate"];

export const RAW = [...COMMON, "checkpoint", "bytes", "unchecked"];
/** `scope`: for `workers.js`. */
export const BINDGEN = [...COMMON, "module", "imports", "scope"];

export function checkOptions(options, known) {
  names("option", options, known);
  one("policy", options, POLICIES);
  one("stale", options, STALE);
  one("hostExceptions", options, HOST);
  for (const name of HOOKS) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw new TypeError(`${name} must be a function`);
  }
  numbers("restarts", options.restarts, RESTARTS);
  numbers("rehearse", options.rehearse, REHEARSE);
}

function numbers(what, given = {}, known) {
  names(`option of ${what}`, given, known);
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !(value >= 0)) throw new TypeError(`${what}.${name}: a number, not ${value}`);
  }
}

export function names(what, options, known) {
  const name = Object.keys(options).find((name) => !known.includes(name));
  if (name !== undefined) throw new TypeError(`there is no ${what} \`${name}\`: ${known.join(", ")}`);
}

export function one(name, { [name]: value }, values) {
  if (value === undefined || values.includes(value)) return;
  throw new TypeError(`${name}: ${values.map((value) => `"${value}"`).join(" or ")}, not ${value}`);
}
