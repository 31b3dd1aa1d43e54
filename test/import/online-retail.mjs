// Imports the whole Online Retail file into a fresh installation and compares what the API then says with what
// is known about the file; then imports it again, which must change nothing; then once more into another
// installation with three kills on the way, which must end the same.
//   node test/import/online-retail.mjs FILE sqlite|postgres
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freshDatabase } from "../lib/database.mjs";
import { binary, Installation, must, setup, signIn } from "../lib/server.mjs";

const [file, engine] = process.argv.slice(2);
const argsIn = (place) => [
  ...["import", "orders", file, "--workspace", "acme", "--format", "online-retail", "--json"],
  ...["--currency", "GBP", "--errors", join(place.dir, "errors.csv")],
];

/** Runs the import to its end; gives its report, the seconds and the most memory it held. */
async function importAll(place) {
  const started = performance.now();
  const child = spawn(binary, argsIn(place), { env: place.env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (d) => {
    out += d;
  });
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Math.max(peak, Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0));
    } catch {
      // it has ended, or this system has no /proc
    }
  }, 50);
  const [code] = await once(child, "close");
  clearInterval(watch);
  assert.equal(code, 0, `the import ends with ${code}: ${out}`);
  return { report: JSON.parse(out), seconds: (performance.now() - started) / 1000, mebibytes: peak / 1024 };
}

async function withInstallation(work) {
  const database = engine === "postgres" ? freshDatabase() : undefined;
  const place = new Installation(database && { DATABASE_URL: database.url });
  try {
    setup(place);
    await work(place);
  } finally {
    await place.stop();
    database?.drop();
  }
}

/** Adds up every order over the API: what a program would see. */
async function census(base, token) {
  const count = async (path) => (await must(base, "GET", `${path}${path.includes("?") ? "&" : "?"}limit=1&total=true`, { token })).page.total;
  assert.equal(await count("/customers"), 4372, "customers");
  assert.equal(await count("/orders"), 25900, "orders");
  assert.equal(await count("/orders?kind=return"), 3836, "returns");
  assert.equal(await count("/orders?kind=adjustment"), 3, "adjustments");
  let [total, lines, cursor] = [0, 0, ""];
  do {
    const page = await must(base, "GET", `/orders?limit=200&fields=id,total,lineCount&cursor=${encodeURIComponent(cursor)}`, { token });
    for (const o of page.data) {
      total += o.total.amount;
      lines += o.lineCount;
    }
    cursor = page.page.next;
  } while (cursor);
  assert.equal(lines, 541909, "lines");
  assert.ok(Math.abs(total - 974774793) <= 4, `the totals sum to ${total}`);

  const found = await must(base, "GET", "/customers?q=12347&limit=5", { token });
  const customer = found.data.find((c) => JSON.stringify(c).includes("12347")) ?? found.data[0];
  assert.ok(customer, "customer 12347 is found");
  const orders = (await must(base, "GET", `/customers/${customer.id}/orders?limit=200`, { token })).data;
  assert.equal(orders.length, 7, "orders of 12347");
  assert.equal(orders.reduce((sum, o) => sum + o.total.amount, 0), 431000, "value of 12347");
  const journey = (await must(base, "GET", `/customers/${customer.id}/journey?kind=order.placed&limit=200`, { token })).data;
  assert.deepEqual(
    journey.map((e) => e.object.id).sort(),
    orders.map((o) => o.id).sort(),
    "the same seven are on the journey",
  );
  const dates = journey.map((e) => Date.parse(e.occurredAt));
  assert.deepEqual(dates, dates.toSorted((a, b) => b - a), "the journey is in date order");
}

async function look(place) {
  await place.start();
  const { token } = await signIn(place.url);
  await census(place.url, token);
  return token;
}

let checks = 0;
await withInstallation(async (place) => {
  const { seconds, mebibytes } = await importAll(place);
  process.stdout.write(`note: ${engine}: ${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB\n`);
  await look(place);
  checks += 1;
  const { report } = await importAll(place);
  for (const what of ["newOrders", "newLines", "newCustomers", "newProducts", "badRows"]) {
    assert.equal(report[what], 0, `${what} the second time`);
  }
  checks += 1;
});

await withInstallation(async (place) => {
  for (const after of [1500, 2500, 3500]) {
    const child = spawn(binary, argsIn(place), { env: place.env, stdio: "ignore" });
    const ended = once(child, "exit");
    await Promise.race([pause(after), ended]);
    child.kill("SIGKILL");
    await ended;
  }
  await importAll(place);
  await look(place);
  checks += 1;
});
process.stdout.write(`${checks} passed, 0 failed\n`);
