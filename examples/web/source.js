// The Rust code of the calls, as it was compiled: a function's own words say what it does.

export class Source {
  #functions;
  #parts;

  constructor(text, parent) {
    const parts = text.matchAll(/((?:^\/\/\/ .*\n)+)(?:^#\[.*\n)*(^pub extern "C-unwind" fn (\w+)[^]*?^}$)/gm);
    this.#functions = new Map([...parts].map(([, says, code, name]) => [name, { says: says.replace(/^\/\/\/ /gm, ""), code }]));
    this.#parts = { says: parent.querySelector("[data-says]"), code: parent.querySelector("code") };
  }

  /** Of a file that the page's server has. */
  static async of(url, parent) {
    return new Source(await (await fetch(url)).text(), parent);
  }

  show(name) {
    const { says, code } = this.#functions.get(name);
    this.#parts.says.textContent = says;
    this.#parts.code.textContent = code;
  }
}
