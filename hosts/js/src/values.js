// What a value is, whichever realm it is of: Jest and frames have several.

/** As `Object.prototype.toString` names it. */
export function typeOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

export function isClass(f) {
  return /^class\b/.test(Function.prototype.toString.call(f));
}

/** The memory among a module's exports. */
export function memoryIn(exports) {
  return Object.values(exports).find((value) => typeOf(value) === "WebAssembly.Memory");
}

/**
 * A property that an object was given, not one that all objects have: a module may ask
 * for an import "constructor".
 */
export function given(object, name) {
  if (object === undefined || object === null) return undefined;
  return Object.hasOwn(object, name) || !(name in Object.prototype) ? object[name] : undefined;
}

/** An own property, also of the name `__proto__`. */
export function put(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}
