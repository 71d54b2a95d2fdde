// The scenarios, each on an instance of its own.
//
// `fresh(name)` makes the instance, behind the glue that wasm-bindgen made with
// `export_wasm`; `uncaught()` takes what nobody caught.

import * as calls from "./calls.mjs";
import * as closures from "./closures.mjs";
import * as ends from "./ends.mjs";
import * as promises from "./promises.mjs";
import { growth, service } from "./service.mjs";

export const living = { ...calls, ...closures, ...promises };

export const names = [
  ...Object.keys(living),
  ...ends.names.map((name) => `end-${name}`),
  "service",
  "growth",
];

async function scenario(name, glue, uncaught) {
  if (name.startsWith("end-")) return ends.end(name.slice(4), glue, uncaught);
  if (name === "service") return service(glue, 4000, 100);
  if (name === "growth") return growth(glue);
  return living[name](glue, uncaught);
}

// Of `kinds`: "living", "ends", "service". Answers what each scenario saw, as JSON.
export async function run(fresh, uncaught, kinds) {
  const kind = (name) =>
    name.startsWith("end-") ? "ends" : name in living ? "living" : "service";
  const outcomes = {};
  for (const name of names.filter((name) => kinds.includes(kind(name)))) {
    uncaught();
    const seen = await scenario(name, await fresh(name), uncaught);
    outcomes[name] = { seen, uncaught: uncaught().map(String) };
  }
  const plain = (_, value) => (typeof value === "bigint" ? `${value}n` : value);
  return JSON.stringify(outcomes, plain);
}
