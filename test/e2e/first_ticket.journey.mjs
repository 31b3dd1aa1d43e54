// A brand starts: set-up in the browser, sign-in, the empty inbox, the first ticket, an answer and a note.
import { eventually } from "./harness.mjs";

const admin = { name: "Ada Byron", email: "ada@acme.example", password: "First-pass-1" };

export default async function firstTicket(stage) {
  await stage.open();
  const page = await stage.person("Ada");
  // Nobody is signed in yet, which the browser reports for each refused request.
  page.expect(/status of 401/);

  await page.goto("/");
  await page.getByRole("heading", { name: "Set up Throughline" }).waitFor();
  await stage.audit(page, "set-up");
  await page.getByLabel("Brand name").fill("Acme");
  await page.getByLabel("Your name").fill(admin.name);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByLabel("Fill with sample data").uncheck();
  await page.getByRole("button", { name: "Create the workspace" }).click();
  await page.waitForURL(/\/inbox/);
  await page.getByRole("button", { name: "New ticket" }).first().waitFor();
  await stage.audit(page, "empty-inbox");

  // The next day, on another device.
  const desk = await stage.person("Ada at her desk");
  desk.expect(/status of 401/);
  await desk.goto("/");
  await desk.getByRole("heading", { name: "Sign in" }).waitFor();
  await stage.audit(desk, "sign-in");
  await desk.getByLabel("E-mail").fill(admin.email);
  await desk.getByLabel("Password", { exact: true }).fill(admin.password);
  await desk.getByRole("button", { name: "Sign in" }).click();
  await desk.waitForURL(/\/inbox/);

  await desk.getByRole("button", { name: "New ticket" }).first().click();
  const dialog = desk.getByRole("dialog", { name: "New ticket" });
  await dialog.waitFor();
  await stage.audit(desk, "new-ticket");
  await dialog.getByRole("button", { name: "New customer" }).click();
  await dialog.getByLabel("First name").fill("Lena");
  await dialog.getByLabel("Last name").fill("Fischer");
  await dialog.getByLabel("E-mail").fill("lena@example.com");
  await dialog.getByLabel("Title").fill("Where is my parcel?");
  await dialog.getByLabel("What is it about").fill("It should have come on Monday.");
  await dialog.getByRole("button", { name: "Create ticket" }).click();

  // Nobody takes tickets yet, and the brand is told what it may say.
  await desk.getByRole("dialog", { name: "#1 is created" }).waitFor();
  await stage.audit(desk, "nobody-available");
  await desk.getByRole("button", { name: "Open ticket" }).click();

  const thread = desk.getByRole("log", { name: "Messages" });
  await thread.getByText("It should have come on Monday.").waitFor();
  await desk.getByText("Lena Fischer").first().waitFor();
  await stage.audit(desk, "ticket");

  const composer = desk.getByRole("region", { name: "Write" });
  await composer.getByRole("textbox", { name: "Reply" }).click();
  await desk.keyboard.type("It arrives tomorrow.");
  await desk.keyboard.press("Control+Enter");
  await thread.getByText("It arrives tomorrow.").waitFor();

  await composer.getByText("Note", { exact: true }).click();
  await composer.getByRole("textbox", { name: "Note" }).click();
  await desk.keyboard.type("Promised for Tuesday.");
  await composer.getByRole("button", { name: /^Add note/ }).click();
  await thread.getByText("Promised for Tuesday.").waitFor();
  await stage.audit(desk, "answered");

  // The server has all three.
  const { token } = await stage.api(undefined, "POST", "/auth/login", { email: admin.email, password: admin.password });
  await eventually(async () => {
    const tickets = await stage.api(token, "GET", "/tickets?view=all");
    const thread = await stage.api(token, "GET", `/tickets/${tickets.data[0].id}/messages`);
    return thread.data.filter((m) => m.state === "sent").length === 3;
  }, "the reply goes out when its time to be taken back is over", 20_000);
}
