// Checks two rules that the linter has no rule for:
//  - layout is written with logical sides (start/end), never left/right, so that
//    right-to-left languages need no second style sheet;
//  - an effect never returns an expression's value, because React would call it
//    as the clean-up.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const rules = [
  {
    files: /\.tsx?$/,
    pattern:
      /["'`\s:](?:-?(?:ml|mr|pl|pr|left|right|scroll-ml|scroll-mr|scroll-pl|scroll-pr)-(?:\d|\[|px|auto|full)|(?:rounded|border)-(?:l|r|tl|tr|bl|br)(?:-|["'`\s])|text-(?:left|right)\b|float-(?:left|right)\b)/,
    says: "physical side in a class name; use the logical one (ms-, pe-, start-, rounded-s, text-start)",
  },
  {
    files: /\.tsx$/,
    pattern:
      /\b(?:marginLeft|marginRight|paddingLeft|paddingRight|borderLeft|borderRight)\b|\b(?:left|right):\s*["'`\d]/,
    says: "physical side in a style; use marginInlineStart, insetInlineStart and so on",
  },
  {
    files: /\.css$/,
    pattern:
      /(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right)|left|right)\s*:|text-align:\s*(?:left|right)/,
    says: "physical side in CSS; use the inline-start/inline-end property",
  },
  {
    files: /\.tsx?$/,
    pattern: /\buse(?:Layout|Insertion)?Effect\(\s*\(\)\s*=>\s*(?!\{)\S/,
    says: "an effect must have a body in braces, so that it returns nothing by accident",
  },
];

const root = new URL("../src", import.meta.url).pathname;
let failures = 0;
for (const name of await readdir(root, { recursive: true })) {
  if (name.endsWith("schema.d.ts")) continue;
  const wanted = rules.filter((r) => r.files.test(name));
  if (wanted.length === 0) continue;
  const lines = (await readFile(join(root, name), "utf8")).split("\n");
  for (const [i, line] of lines.entries()) {
    if (line.includes("house-rules: allow")) continue;
    for (const rule of wanted) {
      if (!rule.pattern.test(line)) continue;
      failures += 1;
      process.stderr.write(`src/${name}:${i + 1}: ${rule.says}\n    ${line.trim()}\n`);
    }
  }
}
if (failures > 0) process.exit(1);
