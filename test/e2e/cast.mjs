// The brand that the longer journeys play in: an administrator, a manager and two approved agents.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { admin, setup, signIn as tokenFor } from "../lib/server.mjs";

const password = "First-pass-1";
export { admin };
export const manager = { name: "Maya Lind", email: "maya@acme.example", password };
export const noor = { name: "Noor Haddad", email: "noor@acme.example", password };
export const tom = { name: "Tom Okafor", email: "tom@acme.example", password };

/** Opens the stage with everybody in it and gives the administrator's token. */
export async function brand(stage, options = {}) {
  await stage.open({ ...options, before: (place) => setup(place) });
  const { token } = await tokenFor(stage.url);
  for (const agent of [noor, tom]) {
    await stage.api(undefined, "POST", "/auth/register", { ...agent, userType: "staff" });
    stage.place.feed("", "user", "approve", agent.email);
  }
  const roles = await stage.api(token, "GET", "/roles");
  const { id } = roles.data.find((role) => role.key === "manager");
  await stage.api(token, "POST", "/users", { ...manager, roleId: id });
  return token;
}

/** Brings a file of fixtures/ in as orders, by the command line. */
export function importOrders(stage, name) {
  const file = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const errors = join(stage.place.dir, "errors.csv");
  const out = stage.place.feed("", "import", "orders", file, "--format", "online-retail", "--errors", errors, "--json");
  return JSON.parse(out);
}

/** A picture file of 2 by 2 pixels, written where uploads can take it from. */
export function picture(stage, name = "label.png") {
  const path = join(stage.place.dir, name);
  writeFileSync(path, readFileSync(new URL("./fixtures/label.png", import.meta.url)));
  return path;
}

/** A person's page, signed in by the form and in the inbox. */
export async function at(stage, who, options) {
  const page = await stage.person(who.name, options);
  // Nobody is signed in yet, which the browser reports for each refused request.
  page.expect(/status of 401/);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/inbox/);
  return page;
}
