// An agent works the inbox off without touching the mouse.
import { at, brand, tom } from "./cast.mjs";
import { eventually } from "./harness.mjs";

const titles = ["Wrong size", "Late parcel", "Broken zip", "Change of address"];

export default async function keyboard(stage) {
  const token = await brand(stage);
  const users = await stage.api(token, "GET", "/users");
  const assigneeId = users.data.find((u) => u.email === tom.email).id;
  for (const title of titles) {
    await stage.api(token, "POST", "/tickets", { title, description: `${title}, please help.`, assigneeId });
  }
  const rows = async () => (await stage.api(token, "GET", "/tickets?view=all&limit=50")).data;
  const statusOf = async (title) => (await rows()).find((t) => t.title === title).status;

  const page = await at(stage, tom);
  // A message makes a new version of its ticket; a key pressed before it is read is refused once and sent again.
  page.expect(/status of 412/);
  const press = async (...strokes) => {
    for (const stroke of strokes) await page.keyboard.press(stroke);
  };
  const heading = (title) => page.getByRole("heading", { level: 1, name: title });
  await page.getByRole("link", { name: /Wrong size/ }).waitFor();

  // The newest stands first. J points at it, J at the next one, K back; Enter opens.
  await press("g", "i");
  await press("j", "j", "k", "Enter");
  await heading("Change of address").waitFor();
  await press("j");
  await heading("Broken zip").waitFor();
  await press("k");
  await heading("Change of address").waitFor();

  // R writes; what is typed is text and no shortcut. Ctrl-Enter sends.
  await press("r");
  const reply = page.getByRole("textbox", { name: "Reply" });
  await eventually(() => reply.evaluate((e) => e === document.activeElement), "the reply has the focus");
  await page.keyboard.type("jekk? We have changed the address.");
  await press("Control+Enter");
  const thread = page.getByRole("log", { name: "Messages" });
  await thread.getByText("jekk? We have changed the address.").waitFor();
  await page.getByText(/^Reply to .* goes out/).waitFor();
  await press("Escape");

  // E closes it, and the next one opens; Z would take it back.
  await press("e");
  await heading("Broken zip").waitFor();
  await eventually(async () => (await statusOf("Change of address")) === "closed", "the ticket is closed");

  // A note, the same way.
  await press("n");
  const note = page.getByRole("textbox", { name: "Note" });
  await eventually(() => note.evaluate((e) => e === document.activeElement), "the note has the focus");
  await page.keyboard.type("Ask the workshop.");
  await press("Control+Enter");
  await thread.getByText("Ask the workshop.").waitFor();
  await press("Escape");

  // S chooses a status from a list.
  await press("s");
  await page.getByRole("option", { name: "Pending" }).waitFor();
  await page.keyboard.type("pend");
  await press("Enter");
  await eventually(async () => (await statusOf("Broken zip")) === "pending", "the status has changed");
  await page.getByRole("option", { name: "Pending" }).waitFor({ state: "detached" });

  // ? shows every key and gives the focus back; G and a letter go.
  await press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.waitFor();
  await help.getByText("Close and open the next").waitFor();
  await stage.audit(page, "shortcuts");
  await press("Escape");
  await help.waitFor({ state: "detached" });
  await press("g", "c");
  await page.waitForURL(/\/customers/);
  await page.getByRole("heading", { level: 1, name: "Customers" }).waitFor();
  await press("g", "i");
  await page.waitForURL(/\/inbox/);

  // Ctrl-K finds a ticket by words and opens it; Escape puts the palette away.
  await press("Control+k");
  const palette = page.getByRole("dialog");
  await palette.waitFor();
  await page.keyboard.type("Late parcel");
  await palette.getByRole("option", { name: /^Late parcel/ }).waitFor();
  await stage.audit(page, "palette");
  await press("Enter");
  await heading("Late parcel").waitFor();
  await palette.waitFor({ state: "detached" });
  await press("Control+k");
  await palette.waitFor();
  await press("Escape");
  await palette.waitFor({ state: "detached" });

  // The reply went out although its ticket was put away.
  const id = (await rows()).find((t) => t.title === "Change of address").id;
  await eventually(
    async () => {
      const { data } = await stage.api(token, "GET", `/tickets/${id}/messages`);
      return data.some((m) => m.state === "sent" && m.body.startsWith("jekk?"));
    },
    "the reply goes out",
    20_000,
  );
}
