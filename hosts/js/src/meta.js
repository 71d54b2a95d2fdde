// The custom section `unpoison`.

const read = new WeakMap();

/**
 * What the linker wrote into a module: `{version, panic, abort, sites, …}`.
 * @param {WebAssembly.Module | undefined} module
 * @returns {any} undefined where the section was left out or stripped
 */
export function metaOf(module) {
  if (module === undefined) return undefined;
  if (!read.has(module)) read.set(module, parse(module));
  return read.get(module);
}

function parse(module) {
  const [section] = WebAssembly.Module.customSections(module, "unpoison");
  if (section === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(section));
  } catch {
    return undefined;
  }
}

/** The site with this id, or at least its id; undefined where the place is not known. */
export function siteOf(sites, id) {
  if (id === undefined) return undefined;
  return sites?.find((site) => site.id === id) ?? { id };
}
