// Runs the browser journeys: all of them, or those whose name holds one of the arguments.
//   node test/e2e/run.mjs [PART…]
import { readdirSync, writeFileSync } from "node:fs";
import { launch, Stage } from "./harness.mjs";

const parts = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url))
  .filter((f) => f.endsWith(".journey.mjs") && (parts.length === 0 || parts.some((p) => f.includes(p))))
  .sort();

const browser = await launch();
let [passed, failed] = [0, 0];
try {
  for (const file of files) {
    const name = file.replace(".journey.mjs", "");
    const { default: journey } = await import(`./${file}`);
    const stage = new Stage(browser, name);
    const started = performance.now();
    let error;
    try {
      await journey(stage);
    } catch (e) {
      error = e;
      for (const context of stage.contexts) {
        for (const page of context.pages()) await stage.picture(page, `failed-${page.person}`).catch(() => {});
      }
    }
    await stage.close();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const bad = error !== undefined || stage.problems.length > 0;
    process.stdout.write(`${bad ? "FAIL" : "ok  "} ${name} (${seconds} s)\n`);
    for (const p of stage.problems) process.stdout.write(`    ${p}\n`);
    if (error) process.stdout.write(`    ${error.stack}\n    the server said:\n${stage.place?.log ?? ""}\n`);
    if (bad) failed += 1;
    else passed += 1;
  }
} finally {
  await browser.close();
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (process.env.COUNTS) writeFileSync(process.env.COUNTS, `${passed} ${failed} 0\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
