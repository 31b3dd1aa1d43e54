// Imports the whole Online Retail file into a fresh installation and compares what the API then says with what
// is known about the file; then imports it again, which must change nothing; then once more into another
// installation with three kills on the way, which must end the same.
//   node test/import/online-retail.mjs FILE sqlite|postgres
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { freshDatabase } from "../lib/database.mjs";
import { binary, Installation, must, setup, signIn } from "../lib/server.mjs";

const [file, engine] = process.argv.slice(2);
const args = ["import", "orders", file, "--workspace", "acme", "--format", "online-retail", "--json"];

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
  const started = performance.now();
  place.run(...args);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`note: imported in ${seconds.toFixed(1)} s on ${engine}\n`);
  await look(place);
  checks += 1;
  const again = JSON.parse(place.run(...args).trim().split("\n").at(-1));
  process.stdout.write(`the second import says ${JSON.stringify(again)}\n`);
  assert.equal(again.newOrders, 0, "nothing is new the second time");
  checks += 1;
});

await withInstallation(async (place) => {
  for (const after of [1500, 2500, 3500]) {
    const child = spawn(binary, args, { env: place.env, stdio: "ignore" });
    const ended = once(child, "exit");
    await Promise.race([pause(after), ended]);
    child.kill("SIGKILL");
    await ended;
  }
  place.run(...args);
  await look(place);
  checks += 1;
});
process.stdout.write(`${checks} passed, 0 failed\n`);
