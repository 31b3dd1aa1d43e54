// Reads `go test -json` and prints what a person wants to know: the output of what failed, the packages
// that were slow, and what was left out. Counts leaf tests into $COUNTS, names skipped ones in $LEFT_OUT.
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const benchmarks = process.argv.includes("--bench");
const output = new Map(); // "package test" -> lines
const parents = new Set(); // tests that have subtests are not counted
const results = new Map();
const packages = [];
const loose = []; // what is not JSON: build errors

const keyOf = (e) => `${e.Package ?? e.ImportPath} ${e.Test ?? ""}`;
for await (const line of createInterface({ input: process.stdin })) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    loose.push(line);
    continue;
  }
  const key = keyOf(event);
  switch (event.Action) {
    case "output":
    case "build-output":
      if (!output.has(key)) output.set(key, []);
      output.get(key).push(event.Output);
      break;
    case "run": {
      const cut = event.Test?.lastIndexOf("/") ?? -1;
      if (cut > 0) parents.add(`${event.Package} ${event.Test.slice(0, cut)}`);
      break;
    }
    case "pass":
    case "fail":
    case "skip":
      if (event.Test) results.set(key, event.Action);
      else packages.push(event);
      break;
    case "build-fail":
      results.set(key, "fail");
      break;
  }
}

const count = { pass: 0, fail: 0, skip: 0 };
const skipped = [];
const short = (key) => key.replace(/^github\.com\/throughlinehq\/throughline\//, "").trim();
for (const [key, result] of results) {
  if (result === "fail") {
    const said = (output.get(key) ?? []).filter((l) => !/^=== |^ *--- FAIL/.test(l)).join("");
    if (said.trim() !== "" || !parents.has(key)) process.stdout.write(`--- ${short(key)}\n${said}`);
  }
  if (parents.has(key)) continue;
  count[result] += 1;
  if (result === "skip") skipped.push(short(key));
}
for (const p of packages.filter((e) => e.Action === "fail")) {
  const failedTests = [...results].some(([k, r]) => r === "fail" && k.startsWith(`${p.Package} `));
  // A package that failed outside of a test: a panic, a data race at exit, a time-out.
  if (!failedTests) {
    process.stdout.write(`--- ${short(p.Package)}\n${(output.get(keyOf(p)) ?? []).join("")}`);
    count.fail += 1;
  }
}
if (benchmarks) {
  const lines = [...output.values()].flat().join("").split("\n");
  count.pass += lines.filter((l) => /^Benchmark\S*\s+\d+\s+[\d.]+ ns\/op/.test(l)).length;
}
// What tests have to tell though they passed; scripts/test.sh shows these lines.
const notes = [...output.values()].map((lines) => lines.join("").match(/^note: .*$/gm) ?? []);
for (const note of notes.flat().sort()) process.stdout.write(`${note}\n`);
for (const line of loose) process.stdout.write(`${line}\n`);

const slow = packages.filter((p) => p.Elapsed >= 5).sort((a, b) => b.Elapsed - a.Elapsed);
for (const p of slow.slice(0, 8)) {
  process.stdout.write(`${p.Elapsed.toFixed(1).padStart(7)} s  ${short(p.Package)}\n`);
}
process.stdout.write(`${count.pass} passed, ${count.fail} failed, ${count.skip} skipped\n`);
if (process.env.COUNTS) {
  writeFileSync(process.env.COUNTS, `${count.pass} ${count.fail} ${count.skip}\n`);
}
if (process.env.LEFT_OUT && skipped.length > 0) {
  writeFileSync(process.env.LEFT_OUT, `${skipped.join("\n")}\n`);
}
if (loose.length > 0 && packages.length === 0) process.exit(1);
process.exit(count.fail > 0 || count.pass === 0 ? 1 : 0);
