// One module's column: it makes the calls and shows what came of them.

import { outcomeOf } from "./outcome.js";

/** On the squares of a timeline, for those who see no difference between the colours. */
const SIGNS = { lost: "1*", poisoned: "!", panic: "P", abort: "A", trap: "T", sealed: "S", fresh: "↻" };
const WORDS = {
  ok: "right answer",
  lost: "answer of a fresh instance",
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
    this.after = after;
    /** What was counted; what of it is gone with an instance. */
    this.counted = 0;
    this.lost = undefined;
    /** The instance that failed and is called again all the same. */
    this.broken = undefined;
    this.#part(".timeline").replaceChildren();
    this.#part(".log ol").replaceChildren();
    this.#show();
    if (reason) this.#log("", { kind: "trap", type: "the module did not load", text: String(reason) });
  }

  call(name, args) {
    // It is still being fetched, or could not be.
    if (this.#opened === undefined) return;
    const before = this.#opened.generation;
    const outcome = outcomeOf(() => this.#opened.exports[name](...args));
    const { generation } = this.#opened;
    const isFresh = generation !== before;
    if (isFresh) this.#mark("fresh", `instance ${generation}`);
    this.calls++;
    if (outcome.kind === "ok") {
      if (this.broken === generation) outcome.kind = "poisoned";
      if (isFresh && this.counted > 0 && this.after === "fresh") {
        outcome.kind = "lost";
        this.lost = this.counted;
      }
      if (name === "count" && outcome.kind !== "poisoned") this.counted = Number(outcome.text);
    } else {
      this.failed++;
      // The one failure that leaves an instance well is a panic that unwound.
      if (outcome.kind !== "panic" || this.#opened.failure) this.broken = generation;
    }
    if (name === "count") this.count = outcome.type === "answer" ? outcome.text : "–";
    this.#mark(outcome.kind, `${name}: ${outcome.text}`, outcome.kind === "ok" ? outcome.text : undefined);
    this.#log(`${name}(${args})`, outcome);
    this.#show();
  }

  #show() {
    const { count, calls, failed } = this;
    const generation = this.#opened?.generation ?? "–";
    const [verdict, words] = this.#verdict();
    for (const [field, value] of Object.entries({ count, calls, failed, generation, verdict: words })) {
      this.#part(`[data-field=${field}]`).textContent = value;
    }
    this.#part(".verdict").dataset.verdict = verdict;
  }

  /** What the instance is worth now. */
  #verdict() {
    if (this.#opened === undefined) return ["missing", "not loaded"];
    const { failure, generation } = this.#opened;
    if (failure && this.after === "sealed") return ["sealed", "Sealed: no Rust code runs any more"];
    if (failure) return ["stopped", "Stopped: the next call gets a fresh instance"];
    if (this.broken === generation) return ["broken", "Broken, and called all the same"];
    if (this.lost) return ["lost", `Healthy; the count of ${this.lost} is lost`];
    return ["healthy", generation > 1 ? "Healthy, with what it had counted" : "Healthy"];
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
    head.append(element("code", "", called), element("span", "type", kind === "poisoned" || kind === "lost" ? WORDS[kind] : type));
    entry.append(head, element("div", "text", text));
    if (place !== undefined) entry.append(element("div", "place", place));
    const log = this.#part(".log");
    log.firstElementChild.prepend(entry);
    log.scrollTop = 0;
  }
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
