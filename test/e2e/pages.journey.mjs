// Every page of the app and what opens over it, looked at by the accessibility audit in both themes.
import { setup } from "../lib/server.mjs";
import { admin, at, importOrders } from "./cast.mjs";

const settings = ["workspace", "users", "approvals", "roles", "teams", "fields", "tags", "escalation", "mail", "jobs", "jobs?state=all", "audit"];

export default async function pages(stage) {
  await stage.open({
    before(place) {
      setup(place);
      place.feed("", "seed", "import", "--workspace", "acme", "--customers", "40", "--tickets", "40", "--orders", "80", "--seed", "7");
    },
  });
  importOrders(stage, "orders.csv");

  const visitor = await stage.person("a visitor");
  visitor.expect(/status of 401/);
  for (const [path, heading] of [
    ["/sign-in", "Sign in"],
    ["/sign-up", /./],
    ["/forgot-password", /./],
    ["/waiting-for-approval", /./],
    ["/reset-password/not-a-token", /./],
  ]) {
    await visitor.goto(path);
    await visitor.getByRole("heading", { level: 1, name: heading }).waitFor();
    await stage.audit(visitor, path);
  }
  await visitor.context().close();

  const page = await at(stage, admin, { viewport: { width: 1440, height: 900 } });
  const ready = async () => {
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    // Until nothing is being loaded: skeletons say so, and lists that are read again do.
    await page.waitForFunction(() => {
      const loading = [...document.querySelectorAll("[role=status]")].some((e) => e.textContent.trim() === "Loading…");
      return !loading && !document.querySelector("main [aria-busy=true]");
    });
  };
  const look = async (path, label = path) => {
    await page.goto(path);
    await ready();
    await stage.audit(page, label);
  };

  await look("/inbox/all");
  await page.getByRole("list", { name: "All" }).getByRole("link").first().click();
  await page.getByRole("log", { name: "Messages" }).getByRole("article").first().waitFor();
  await ready();
  await stage.audit(page, "inbox with a thread");
  await page.keyboard.press("n");
  await page.getByRole("textbox", { name: "Note", exact: true }).waitFor();
  await stage.audit(page, "inbox with a note");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.getByRole("option").first().waitFor();
  await stage.audit(page, "choosing an assignee");
  await page.keyboard.press("Escape");

  await look("/dashboard");
  await look("/customers");
  await page.getByRole("table").getByRole("link").first().click();
  await page.waitForURL(/\/customers\/.+/);
  const tabs = page.getByRole("tab");
  await tabs.first().waitFor();
  for (const tab of await tabs.all()) {
    await tab.click();
    await ready();
    await stage.audit(page, `customer, ${await tab.textContent()}`);
  }
  await look("/orders");
  await page.getByRole("table").getByRole("link").first().click();
  await page.waitForURL(/\/orders\/.+/);
  await ready();
  await stage.audit(page, "order");
  // The dialog hides the page's own heading from assistive technology, so it is what to wait for.
  await page.goto("/orders?new=true");
  await page.getByRole("dialog").waitFor();
  await stage.audit(page, "new order");
  await look("/products");
  await page.getByRole("table").getByRole("link").first().click();
  await page.waitForURL(/\/products\/.+/);
  await ready();
  await stage.audit(page, "product");
  for (const section of settings) await look(`/settings/${section}`);
  await look("/account");

  await page.goto("/inbox/all");
  await ready();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("option").first().waitFor();
  await stage.audit(page, "palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByRole("dialog", { name: "New ticket" }).waitFor();
  await stage.audit(page, "new ticket");
  await page.keyboard.press("Escape");

  // Nothing is there.
  page.expect(/status of 404/);
  await page.goto("/customers/00000000-0000-7000-8000-000000000000");
  await page.getByText(/not found|does not exist|no longer|nothing here/i).first().waitFor();
  await stage.audit(page, "missing customer");
}
