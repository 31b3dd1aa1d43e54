// Fails when the JavaScript that the first page needs is over its budget.
// Counted: the entry of index.html and everything it imports statically.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const budget = 170 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL("manifest.json", dist), "utf8"));

const files = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const next of chunk.imports ?? []) visit(next);
};
visit("index.html");

let total = 0;
for (const file of files) {
  const size = gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
  total += size;
  process.stdout.write(`${(size / 1024).toFixed(1).padStart(8)} KB  ${file}\n`);
}
process.stdout.write(
  `${(total / 1024).toFixed(1).padStart(8)} KB  first JavaScript, gzip (budget ${budget / 1024} KB)\n`,
);
if (total === 0) {
  process.stderr.write("no entry found in dist/manifest.json: run the build first\n");
  process.exit(1);
}
if (total > budget) {
  process.stderr.write("over budget\n");
  process.exit(1);
}
