// The custom section `unpoison`.

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

/**
 * The list of sites, of whatever holds it: the list itself, or the file that
 * `--unpoison-sites=file` writes, parsed.
 */
export function sitesOf(given) {
  const sites = given?.sites ?? given;
  return typeof sites === "string" ? unpackSites(sites) : Array.isArray(sites) ? sites : [];
}

/** The compact encoding of a table of sites. None is known yet: failures have the id alone. */
function unpackSites() {
  return [];
}

/** The site with this id, or at least its id; undefined where the place is not known. */
export function siteOf(sites, id) {
  return id && (sites.find((site) => site?.id === id) ?? { id });
}
