// Starts the app, and shows what it fails by.

import { recoverBindgen } from "unpoison";

const at = (id) => document.getElementById(id);

/** @param {object} glue wasm-bindgen's, not initialized  @param {string} url the module's */
export async function start(glue, url) {
  const module = await WebAssembly.compileStreaming(fetch(url));
  // Told while the failing call is still on its way out.
  const failed = (error) => setTimeout(() => show(error, app.failure !== undefined));
  // Timers and listeners of an instance that is gone are still the page's: nothing comes of them.
  const app = recoverBindgen(glue, { module, stale: "ignore", onPanic: failed, onAbort: failed });
  // A large module is made in the background.
  await app.ready();

  // A fresh instance: its `main` mounts the app.
  at("restart").onclick = async () => {
    at("app").replaceChildren();
    at("failure").hidden = true;
    try {
      if (app.failure) await app.ready();
      else app.reinit();
    } catch (error) {
      show(error, true);
    }
  };
}

/** @param {boolean} stopped the instance is gone; else it was a panic that cost one call */
function show({ message, file, line }, stopped) {
  at("what").textContent = stopped ? "The app has stopped" : "That did not work";
  at("message").textContent = file ? `${message} (${file}:${line})` : message;
  at("failure").hidden = false;
  if (!stopped) return;
  // Nobody answers what is still on the page.
  at("app").replaceChildren();
  at("restart").focus();
}
