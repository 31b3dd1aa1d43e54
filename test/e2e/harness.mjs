// What every browser journey stands on: Chromium against the real binary, people with their own contexts, a
// page that fails the journey on any console error, and the accessibility audit in both themes.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Installation, must } from "../lib/server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("./pictures/", import.meta.url));
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Starts the browser for all journeys. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.THROUGHLINE_TEST_CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** The place of one journey: an installation of its own and the people in it. */
export class Stage {
  constructor(browser, name) {
    this.browser = browser;
    this.name = name;
    this.problems = [];
    this.contexts = [];
    this.shots = 0;
  }

  /** Starts the server. before(installation) may use the command line first. */
  async open({ settings, before } = {}) {
    this.place = new Installation(settings);
    await before?.(this.place);
    await this.place.start();
    this.url = this.place.url;
  }

  /**
   * A person's browser: a context with a page. Options are those of a Playwright context. A console error,
   * an uncaught exception or an answer of 5xx is a problem of the journey. The browser itself writes an error
   * for each answer of 4xx; which ones are part of the journey is said with expect().
   */
  async person(name, options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.url,
      locale: "en-GB",
      timezoneId: "Europe/London",
      reducedMotion: "reduce",
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    context.setDefaultTimeout(10_000);
    this.contexts.push(context);
    const page = await context.newPage();
    const expected = [];
    page.expect = (pattern) => expected.push(pattern);
    const problem = (text) => {
      if (!expected.some((p) => p.test(text))) this.problems.push(`${name}: ${text}`);
    };
    page.on("console", (m) => m.type() === "error" && problem(`${m.text()} ${m.location().url}`));
    page.on("pageerror", (e) => problem(`uncaught ${e.stack ?? e}`));
    page.on("response", (r) => r.status() >= 500 && problem(`${r.status()} ${r.request().method()} ${r.url()}`));
    page.person = name;
    return page;
  }

  /** Zero accessibility findings on what is shown now, light and dark. */
  async audit(page, label) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
      const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), standards);
      for (const v of violations) {
        const where = v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")}: ${n.failureSummary?.split("\n").at(1)?.trim()}`);
        this.problems.push(`axe, ${label}, ${colorScheme}: ${v.id}: ${v.help}\n      ${where.join("\n      ")}`);
      }
      await this.picture(page, `${label}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  /** Keeps a screenshot when pictures are asked for. */
  async picture(page, label) {
    if (!process.env.THROUGHLINE_TEST_PICTURES) return;
    mkdirSync(pictures, { recursive: true });
    this.shots += 1;
    const file = `${this.name}-${String(this.shots).padStart(2, "0")}-${label}.png`.replace(/[^\w.-]+/g, "-");
    await page.screenshot({ path: pictures + file });
  }

  /** The API as a person, for what a journey takes for granted. */
  async api(token, method, path, body) {
    return must(this.url, method, path, { token, body });
  }

  async close() {
    for (const context of this.contexts) await context.close();
    await this.place?.stop();
  }
}

/** Waits until the page has taken on what was asked of it: two frames, and no animation that will end. */
async function settled(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    // One transition may start the next where a colour is inherited, so twice nothing may be running.
    for (let quiet = 0; quiet < 2; ) {
      await frame();
      const running = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity && a.playState === "running");
      quiet = running.length === 0 ? quiet + 1 : 0;
      await Promise.allSettled(running.map((a) => a.finished));
    }
  });
}

/** Waits until check gives something true; for what another process does. */
export async function eventually(check, what, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    const got = await check();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
