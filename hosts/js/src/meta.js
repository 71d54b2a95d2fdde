// The custom section `unpoison`.

import { KINDS } from "./report.js";

const read = new WeakMap();

/**
 * What the linker wrote into a module: `{version, panic, abort, sites, …}`.
 * @param {WebAssembly.Module | undefined} module
 * @param {any} [file] what `--unpoison-sites=file` wrote, parsed: it says the same of a module
 *   whose section was stripped
 * @returns {any} empty where there is neither
 */
export function metaOf(module, file) {
  if (module !== undefined && !read.has(module)) read.set(module, parse(module));
  const own = read.get(module) ?? {};
  return own.version === undefined && file?.version !== undefined ? file : own;
}

function parse(module) {
  try {
    const [section] = WebAssembly.Module.customSections(module, "unpoison");
    return JSON.parse(new TextDecoder().decode(section)) ?? {};
  } catch {
    return {};
  }
}

/** What was unpacked, by the text that it was. */
const unpacked = new Map();

/**
 * The list of sites, of whatever holds it: the list itself, or the file that
 * `--unpoison-sites=file` writes, parsed, or what is embedded in a module.
 */
export function sitesOf(given) {
  const sites = given?.sites ?? given;
  if (typeof sites !== "string") return Array.isArray(sites) ? sites : [];
  if (!unpacked.has(sites)) unpacked.set(sites, sites.startsWith(FORMAT) ? unpack(sites) : []);
  return unpacked.get(sites);
}

const FORMAT = "lz1 ";
/** The shortest copy; and in base 91 the digits are the characters from `#` on without the backslash. */
const SHORTEST = 5;

/** The sites of a table in few bytes, a line each: docs/module.md has its form. */
function unpack(packed) {
  const digit = (at) => packed.charCodeAt(at) - (packed[at] > "\\" ? 36 : 35);
  let text = "";
  for (let at = FORMAT.length; at < packed.length; at++) {
    if (packed[at] !== "~") {
      text += packed[at];
    } else if (packed[++at] === "!") {
      text += "~";
    } else {
      let from = text.length - 1 - digit(at + 1) * 91 - digit(at + 2);
      // What is copied may be still to be written.
      for (let left = SHORTEST + digit(at); left > 0; left--) text += text.charAt(from++);
      at += 2;
    }
  }
  return text.split("\n").slice(0, -1).map((line, at) => {
    const [name, location] = line.slice(1).split("\t");
    return { id: at + 1, kind: KINDS[line[0]], function: name, ...(location && { location }) };
  });
}

/** The site with this id, or at least its id; undefined where the place is not known. */
export function siteOf(sites, id) {
  return id && (sites.find((site) => site?.id === id) ?? { id });
}
