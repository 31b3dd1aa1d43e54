// Turns what `throughline config` prints into the table of settings in docs/operations.md.
//   throughline config | node scripts/settings.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../docs/operations.md", import.meta.url);
const [begin, end] = ["<!-- settings: begin -->", "<!-- settings: end -->"];

const rows = [];
let [doc, initial] = ["", ""];
for (const line of readFileSync(0, "utf8").split("\n")) {
  const name = line.match(/^(?:# )?(THROUGHLINE_[A-Z_]+)[:=]/)?.[1];
  if (name) {
    rows.push(`| \`${name}\` | ${initial ? `\`${initial}\`` : ""} | ${doc.replaceAll("|", "\\|")} |`);
    [doc, initial] = ["", ""];
  } else if (line.startsWith("# Default: ")) {
    initial = line.slice("# Default: ".length);
  } else if (line.startsWith("# ") && !line.startsWith("# Now (") && !line.startsWith("# from ")) {
    doc = line.slice(2);
  }
}
if (rows.length === 0) throw new Error("no settings on standard input");

const text = readFileSync(file, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`docs/operations.md needs ${begin} and ${end}`);
const table = ["| setting | default | means |", "|---|---|---|", ...rows].join("\n");
const next = `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
if (!process.argv.includes("--check")) writeFileSync(file, next);
else if (next !== text) {
  process.stdout.write("the settings in docs/operations.md differ from the code; run 'make gen'\n");
  process.exit(1);
}
