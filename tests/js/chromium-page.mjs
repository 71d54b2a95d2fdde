// A page in a Chromium of its own. Needs the npm package `playwright-core` and a
// Chromium: `UNPOISON_CHROMIUM`, or Debian's package `chromium`.

import { chromium } from "playwright-core";

export async function openPage() {
  const executablePath = process.env.UNPOISON_CHROMIUM ?? "/usr/bin/chromium";
  // Without a sandbox: containers that run tests have no user namespaces.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return { page: await browser.newPage(), close: () => browser.close() };
}
