// One module's column: it makes the calls and shows what came of them.

import { outcomeOf } from "./outcome.js";

/** On the squares of a timeline, for those who see no difference between the colours. */
const SIGNS = { poisoned: "!", panic: "P", abort: "A", trap: "T", sealed: "S", fresh: "↻" };
const WORDS = {
  ok: "right answer",
  poisoned: "answer out of a broken instance",
  fresh: "fresh instance",
};

export class Column {
  #module;
  #part;
  #opening;
  #opened;

  constructor(module, parent) {
    this.#module = module;
    const section = document.querySelector("#column").content.firstElementChild.cloneNode(true);
    this.#part = (selector) => section.querySelector(selector);
    section.dataset.column = module.id;
    const title = this.#part("h2");
    title.textContent = module.title;
    title.id = `title-${module.id}`;
    section.setAttribute("aria-labelledby", title.id);
    this.#part(".how").textContent = module.how;
    this.#part(".timeline").setAttribute("aria-label", `Timeline, ${module.title}`);
    this.#part(".log").setAttribute("aria-label", `Calls, ${module.title}`);
    parent.append(section);
  }

  /** A new instance, and nothing shown of the old one. */
  async start(after) {
    this.#opened = undefined;
    const opening = this.#module.open(after);
    this.#opening = opening;
    const [{ value, reason }] = await Promise.allSettled([opening]);
    // Started over meanwhile.
    if (opening !== this.#opening) return;
    this.#opened = value;
    this.calls = 0;
    this.failed = 0;
    this.count = "–";
    /** The instance that failed and is called again all the same. */
    this.broken = undefined;
    this.#part(".timeline").replaceChildren();
    this.#part(".log").replaceChildren();
    this.#show();
    if (reason) this.#log("", { kind: "trap", type: "the module did not load", text: String(reason) });
  }

  call(name, args) {
    // It is still being fetched, or could not be.
    if (this.#opened === undefined) return;
    const before = this.#opened.generation;
    const outcome = outcomeOf(() => this.#opened.exports[name](...args));
    const { generation } = this.#opened;
    if (generation !== before) this.#mark("fresh", `instance ${generation}`);
    this.calls++;
    if (outcome.kind === "ok") {
      if (this.broken === generation) outcome.kind = "poisoned";
    } else {
      this.failed++;
      // The one failure that leaves an instance well is a panic that unwound.
      if (outcome.kind !== "panic" || this.#opened.failure) this.broken = generation;
    }
    if (name === "count") this.count = /^(ok|poisoned)$/.test(outcome.kind) ? outcome.text : "–";
    this.#mark(outcome.kind, `${name}: ${outcome.text}`, outcome.kind === "ok" ? outcome.text : undefined);
    this.#log(`${name}(${args})`, outcome);
    this.#show();
  }

  #show() {
    const { count, calls, failed } = this;
    const generation = this.#opened?.generation ?? "–";
    for (const [field, value] of Object.entries({ count, calls, failed, generation })) {
      this.#part(`[data-field=${field}]`).textContent = value;
    }
  }

  #mark(kind, told, sign = SIGNS[kind]) {
    const timeline = this.#part(".timeline");
    const square = element("li", "", sign);
    square.dataset.kind = kind;
    square.title = `${WORDS[kind] ?? kind}, ${told}`;
    square.setAttribute("aria-label", square.title);
    timeline.append(square);
    timeline.scrollTop = timeline.scrollHeight;
  }

  #log(called, { kind, type, text, place }) {
    const entry = element("li");
    entry.dataset.kind = kind;
    const head = element("div", "head");
    head.append(element("code", "", called), element("span", "type", kind === "poisoned" ? WORDS.poisoned : type));
    entry.append(head, element("div", "text", text));
    if (place !== undefined) entry.append(element("div", "place", place));
    const log = this.#part(".log");
    log.prepend(entry);
    log.scrollTop = 0;
  }
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
