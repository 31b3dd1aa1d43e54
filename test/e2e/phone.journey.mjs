// A phone, right to left: from the list to a thread and back, with nothing wider than the screen.
import { at, brand, tom } from "./cast.mjs";

export default async function phone(stage) {
  const token = await brand(stage);
  const users = await stage.api(token, "GET", "/users");
  const assigneeId = users.data.find((u) => u.email === tom.email).id;
  const { id: customerId } = await stage.api(token, "POST", "/customers", { firstName: "ليلى", lastName: "حداد", email: "layla@example.com" });
  await stage.api(token, "POST", "/tickets", {
    title: "أين طلبي؟",
    description: `كان يجب أن يصل يوم الاثنين. ${"0123456789".repeat(12)}`,
    author: "customer",
    customerId,
    assigneeId,
    tags: ["shipping", "vip"],
  });
  await stage.api(token, "POST", "/tickets", { title: "A title in the other direction that is far too long for a telephone", description: "Hello", assigneeId });

  const page = await at(stage, tom, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.goto("/inbox/mine?dir=rtl");
  const row = page.getByRole("link", { name: /أين طلبي/ });
  await row.waitFor();
  const fits = async (label) => {
    const { dir, wide } = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      // What a scrolling or clipping box holds may be wider; the page itself may not.
      const isClipped = (e) => {
        for (let up = e.parentElement; up; up = up.parentElement) {
          if (getComputedStyle(up).overflowX !== "visible") return true;
        }
        return false;
      };
      const wide = [...document.body.querySelectorAll("*")].filter((e) => {
        const { left, right, width } = e.getBoundingClientRect();
        return width > 1 && (left < -1 || right > room + 1) && !isClipped(e) && getComputedStyle(e).position !== "fixed";
      });
      const scrolls = [...document.querySelectorAll("main, main *")].filter(
        (e) => e.scrollWidth > e.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowX),
      );
      if (document.documentElement.scrollWidth > room) wide.push(document.documentElement);
      const name = (e) => `${e.tagName.toLowerCase()}.${e.className}`;
      return { dir: document.documentElement.dir, wide: [...wide, ...scrolls].slice(0, 3).map(name) };
    });
    if (dir !== "rtl") stage.problems.push(`${label}: the page runs ${dir}`);
    for (const one of wide) stage.problems.push(`${label}: wider than the screen: ${one}`);
    await stage.audit(page, label);
  };
  await fits("list");

  await row.tap();
  const thread = page.getByRole("log", { name: "Messages" });
  await thread.getByText("كان يجب أن يصل").waitFor();
  if (await row.isVisible()) stage.problems.push("the list is still shown beside the thread");
  // The arrow back points to where the line begins: the right.
  const back = page.getByRole("button", { name: "Back to the list" });
  const box = await back.boundingBox();
  if (box.x < 195) stage.problems.push("the way back stands at the left");
  await fits("thread");

  // A notice never lies over Send.
  await page.getByRole("button", { name: "Normal" }).tap();
  await page.getByRole("option", { name: "High" }).tap();
  await page.getByRole("button", { name: "High" }).waitFor();
  await page.getByRole("button", { name: /^Open/ }).tap();
  await page.getByRole("option", { name: "Pending" }).tap();
  const notice = page.locator("[data-sonner-toast]").first();
  await notice.waitFor();
  const send = await page.getByRole("button", { name: /^Send/ }).first().boundingBox();
  const over = await notice.boundingBox();
  if (over.y < send.y + send.height && send.y < over.y + over.height) stage.problems.push("a notice lies over Send");
  await fits("notice");

  await back.tap();
  await row.waitFor();
  await fits("list again");
}
