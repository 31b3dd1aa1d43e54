// A customer with imported orders gets a ticket, an answer with a file, a note and an end. A colleague sees each
// step within a second without reloading, and the customer's journey tells all of it.
import { at, brand, importOrders, manager, noor, picture, tom } from "./cast.mjs";
import { noteActs, sees } from "./live.mjs";

const log = "[role=log]";
const list = "section[aria-label=Tickets]";
const journey = "aside section[aria-label=Journey]";

export default async function service(stage) {
  const token = await brand(stage);
  importOrders(stage, "orders.csv");
  const users = await stage.api(token, "GET", "/users");
  const idOf = ({ email }) => users.data.find((u) => u.email === email).id;
  // Noor has work already, so the next ticket is Tom's.
  await stage.api(token, "POST", "/tickets", { title: "Invoice copy", description: "Once more.", assigneeId: idOf(noor) });
  const orders = await stage.api(token, "GET", "/orders?limit=50");
  const { customer } = orders.data.find((o) => o.number === "900101");

  const maya = await at(stage, manager);
  const colleague = await at(stage, tom, { viewport: { width: 1440, height: 900 } });
  await colleague.goto("/inbox/open");
  await colleague.getByRole("region", { name: "Tickets" }).waitFor();

  // The customer's page: three orders on the line, newest first, at the dates they were placed.
  await maya.getByRole("link", { name: "Customers" }).click();
  await maya.getByRole("link", { name: customer.name }).click();
  await maya.getByRole("heading", { name: customer.name }).waitFor();
  const line = maya.getByRole("region", { name: "Journey", exact: true });
  await line.getByText("Placed order 900101").waitFor();
  const placed = await line.getByText(/Placed order \d+/).allTextContents();
  const wanted = ["Placed order 900103", "Placed order 900102", "Placed order 900101"];
  if (placed.join() !== wanted.join()) stage.problems.push(`orders on the journey: ${placed.join(", ")}`);
  const days = await line.locator("h2 time").evaluateAll((all) => all.map((e) => e.dateTime));
  for (const day of ["2026-05-04", "2026-03-02", "2026-01-19"]) {
    if (!days.includes(day)) stage.problems.push(`no ${day} on the journey, but ${days.join(", ")}`);
  }
  if (days.join() !== [...days].sort().reverse().join()) stage.problems.push(`days of the journey: ${days.join(", ")}`);
  await line.getByText("£60.30").waitFor();
  await noteActs(maya);

  // A ticket for them, which goes to whoever has least to do.
  await maya.getByRole("button", { name: "New ticket" }).click();
  const dialog = maya.getByRole("dialog", { name: "New ticket" });
  await dialog.getByLabel("Title").fill("Teapot has a crack");
  await dialog.getByLabel("What is it about").fill("One of the two teapots arrived with a crack.");
  const number = "#2";
  await sees(stage, "a new ticket", {
    by: maya,
    on: colleague,
    sights: [[list, "Teapot has a crack"]],
    act: () => dialog.getByRole("button", { name: "Create ticket" }).click(),
  });
  await maya.getByText(`${number} is created and with ${tom.name}`).waitFor();
  await maya.getByRole("button", { name: tom.name }).waitFor();

  await colleague.getByRole("link", { name: /Teapot has a crack/ }).click();
  await colleague.getByRole("log", { name: "Messages" }).getByText("arrived with a crack").waitFor();
  await colleague.locator(journey).getByText("Opened ticket #2").waitFor();
  // What belongs to the ticket is folded there; the colleague wants to see all of it.
  await colleague.locator(journey).getByRole("button", { name: /more$/ }).click();

  // A reply with a picture. The server holds it for ten seconds, then it is out.
  const composer = maya.getByRole("region", { name: "Write" });
  await composer.getByRole("textbox", { name: "Reply" }).click();
  await maya.keyboard.type("A new one leaves today, with this label.");
  await composer.locator("input[type=file]").setInputFiles(picture(stage));
  await composer.getByText("label.png").waitFor();
  await maya.getByRole("button", { name: "Remove label.png" }).waitFor();
  const ticket = (await stage.api(token, "GET", "/tickets?view=all")).data.find((t) => t.number === 2);
  await sees(stage, "a reply with a file, after it went out", {
    by: maya,
    on: colleague,
    sights: [
      [log, "A new one leaves today"],
      [journey, "Answer in ticket #2"],
    ],
    act: () => composer.getByRole("button", { name: /^Send/ }).first().click(),
    since: async () => {
      const thread = await stage.api(token, "GET", `/tickets/${ticket.id}/messages`);
      return Date.parse(thread.data.find((m) => m.body.includes("leaves today")).createdAt);
    },
  });
  const answer = colleague.getByRole("article", { name: `Message by ${manager.name}` }).last();
  await answer.getByRole("link").waitFor();

  // A note that names the colleague.
  await composer.getByText("Note", { exact: true }).click();
  await composer.getByRole("textbox", { name: "Note" }).click();
  await maya.keyboard.type("Please watch the parcel, @Tom");
  await maya.getByRole("option", { name: tom.name }).waitFor();
  await maya.keyboard.press("Enter");
  await sees(stage, "a note with a mention", {
    by: maya,
    on: colleague,
    sights: [
      [`${log} article[aria-label="Note by ${manager.name}"]`, "Please watch the parcel"],
      [journey, "Note in ticket #2"],
    ],
    act: () => composer.getByRole("button", { name: /^Add note/ }).click(),
  });
  const mentions = await stage.api(await tokenOf(stage, tom), "GET", "/tickets?view=mentions");
  if (mentions.data[0]?.number !== 2) stage.problems.push("the mention is not in the colleague's view");

  // It waits for the parcel.
  await maya.getByRole("region", { name: /^#2 Teapot/ }).getByRole("button", { name: "Open", exact: true }).click();
  await maya.getByRole("option", { name: "Pending" }).waitFor();
  await sees(stage, "a change of status", {
    by: maya,
    on: colleague,
    sights: [
      ["section > header button", "Pending"],
      [log, `${manager.name} set the status from Open to Pending`],
      [journey, "Ticket #2 is pending"],
    ],
    act: () => maya.getByRole("option", { name: "Pending" }).click(),
  });
  // The line is there once, also for who changed it and saw it at once.
  const told = maya.getByRole("log", { name: "Messages" }).getByText(/set the status from Open to Pending/);
  await told.waitFor();
  if ((await told.count()) !== 1) stage.problems.push("the change of status is told more than once");

  // A third change in a row folds the run; it opens by keyboard.
  await stage.api(token, "PATCH", `/tickets/${ticket.id}`, { priority: 2 });
  await stage.api(token, "PATCH", `/tickets/${ticket.id}`, { tags: ["Already shipped"] });
  const run = colleague.getByRole("log", { name: "Messages" }).getByRole("button", { name: /changes · / }).last();
  await run.waitFor();
  await run.focus();
  await colleague.keyboard.press("Enter");
  await colleague.getByText(/changed Priority from Normal to High/).waitFor();
  if ((await run.getAttribute("aria-expanded")) !== "true") stage.problems.push("the run of changes does not say that it is open");

  // The notice of it leaves Send free.
  const notice = await maya.locator("[data-sonner-toast]").filter({ hasText: "Pending" }).boundingBox();
  const send = await composer.getByRole("button", { name: /^Add note/ }).boundingBox();
  if (notice.x + notice.width > send.x && notice.y + notice.height > send.y) {
    stage.problems.push("a notice lies over the composer's button");
  }

  // The journey has it all, on the customer's own page too.
  await maya.goto(`/customers/${customer.id}`);
  const all = maya.getByRole("region", { name: "Journey", exact: true });
  await all.getByRole("button", { name: /more$/ }).first().click();
  for (const told of ["Opened ticket #2", "Answer in ticket #2", "Note in ticket #2", "Ticket #2 is pending"]) {
    await all.getByText(told).first().waitFor();
  }
  await stage.audit(maya, "customer");
  await stage.audit(colleague, "ticket");
}

async function tokenOf(stage, who) {
  return (await stage.api(undefined, "POST", "/auth/login", { email: who.email, password: who.password })).token;
}
