// The buttons, and what they do to every column.

import { Column } from "./column.js";
import { MODULES } from "./modules.js";

const ARGUMENTS = { panic: [7], overflow_stack: [0] };

const after = document.querySelector("#after");
const buttons = [...document.querySelectorAll("button")];
const columns = MODULES.map((module) => new Column(module, document.querySelector("main")));
let starts = 0;

for (const button of buttons.filter(({ dataset }) => dataset.call)) {
  const name = button.dataset.call;
  button.addEventListener("click", () => {
    for (const column of columns) column.call(name, ARGUMENTS[name] ?? []);
  });
}
document.querySelector("#restart").addEventListener("click", start);
after.addEventListener("change", start);
await start();

/** New instances everywhere: the columns begin alike. */
async function start() {
  const mine = ++starts;
  document.body.dataset.ready = "no";
  await Promise.all(columns.map((column) => column.start(after.value)));
  // It may have been asked for again meanwhile.
  if (mine === starts) document.body.dataset.ready = "yes";
}
