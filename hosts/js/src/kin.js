// Objects of classes that extend each other, in glue of the target `bundler`.
//
// Such an object has a pointer for each class that it is of, `__wbg_ptr_CLASS`, and the glue's
// finalizers are given the numbers alone. Whether a number is of this instance is known here:
// it is, if an object of this instance had it that is gone.

const FIELD = /\b__wbg_ptr_\w+/g;
/** In what gives an object back: what it does with the pointers of the classes above. */
const ABOVE = /\b__anc_(\w+)/g;

export class Kin {
  /** Objects that are not given back, by each of their pointers. */
  #held = new Map();
  /** A pointer that the glue gives back next, of an object that is not gone. */
  #releasing;
  #symbols = new Map();

  /** What was of the instance before went with it. */
  clear() {
    this.#held.clear();
    this.#releasing = undefined;
  }

  /** Whether a class is of a hierarchy; then its objects say from now on of which instance they are. */
  adopt(core, f) {
    const text = Function.prototype.toString.call(f);
    const fields = new Set(text.match(FIELD));
    const above = new Set([...text.matchAll(ABOVE)].map(([, name]) => `__wbg_ptr_${name}`));
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
      },
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
    this.#releasing = undefined;
    return releasing || this.#forget(pointer, (object) => object === undefined);
  }
}
