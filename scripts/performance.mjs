// Puts the table that `make bench` printed into docs/performance.md.   performance.mjs sqlite|postgres <TABLE
import { readFileSync, writeFileSync } from "node:fs";

const engine = process.argv[2];
const file = new URL("../docs/performance.md", import.meta.url);
const [begin, end] = [`<!-- ${engine}: begin -->`, `<!-- ${engine}: end -->`];
const text = readFileSync(file, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`docs/performance.md needs ${begin} and ${end}`);
const table = readFileSync(0, "utf8").trim();
writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
