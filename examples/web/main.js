// The buttons, and what they do to every column.

import { Column } from "./column.js";
import { MODULES } from "./modules.js";
import { Source } from "./source.js";

const ARGUMENTS = { panic: [7], overflow_stack: [0] };
/** What `Play the story` presses, and how long it leaves for reading, in milliseconds. */
const STORY = "count count panic count panic_while_borrowed count abort count overflow_stack count".split(" ");
const PACE = 900;

const after = document.querySelector("#after");
const story = document.querySelector("#story");
const calls = [...document.querySelectorAll("button[data-call]")];
const columns = MODULES.map((module) => new Column(module, document.querySelector("main")));
const source = await Source.of("source/lib.rs", document.querySelector(".source"));
let starts = 0;
/** The story that is being played, if one is. */
let playing;

for (const button of calls) {
  button.addEventListener("click", () => {
    stop();
    press(button.dataset.call);
  });
}
for (const [control, event] of [[document.querySelector("#restart"), "click"], [after, "change"]]) {
  control.addEventListener(event, () => {
    stop();
    start();
  });
}
story.addEventListener("click", () => (playing ? stop() : play()));
await start();

function press(name) {
  source.show(name);
  for (const column of columns) column.call(name, ARGUMENTS[name] ?? []);
}

/** New instances everywhere: the columns begin alike. */
async function start() {
  const mine = ++starts;
  document.body.dataset.ready = "no";
  source.show("count");
  await Promise.all(columns.map((column) => column.start(after.value)));
  // It may have been asked for again meanwhile.
  if (mine === starts) document.body.dataset.ready = "yes";
}

async function play() {
  const mine = (playing = {});
  story.textContent = "Stop the story";
  await start();
  for (const name of STORY) {
    if (playing !== mine) return;
    press(name);
    await new Promise((resolve) => setTimeout(resolve, PACE));
  }
  if (playing === mine) stop();
}

function stop() {
  playing = undefined;
  story.textContent = "Play the story";
}
