import { describe, expect, test } from "vitest";
import { neighbour, patchRows } from "./cache";
import { inOrder } from "./queries";
import { byDay, changedFields } from "./thread";
import type { Message, TicketRow } from "./types";
import { belongs, placeOf } from "./views";

const row = (patch: Partial<TicketRow>): TicketRow =>
  ({ id: "1", status: "open", assigneeId: null, priority: 3, ...patch }) as TicketRow;

const message = (patch: Partial<Message>): Message =>
  ({ id: "1", createdAt: "2026-11-20T10:00:00Z", ...patch }) as Message;

describe("a view", () => {
  test("keeps a ticket only while it belongs there", () => {
    expect(belongs("mine", row({ assigneeId: "me" }), "me")).toBe(true);
    expect(belongs("mine", row({ assigneeId: "other" }), "me")).toBe(false);
    expect(belongs("unassigned", row({ assigneeId: "me" }), "me")).toBe(false);
    expect(belongs("open", row({ status: "blocked" }), "me")).toBe(true);
    expect(belongs("open", row({ status: "resolved" }), "me")).toBe(false);
    expect(belongs("closed", row({ status: "closed" }), "me")).toBe(true);
    expect(belongs("all", row({ status: "closed" }), "me")).toBe(true);
  });

  test("in the address may be left out: a ticket's id stands alone", () => {
    expect(placeOf({ view: "mine", ticketId: "7" })).toEqual({ view: "mine", ticketId: "7" });
    expect(placeOf({ view: "01a1" }).ticketId).toBe("01a1");
    expect(placeOf({}).ticketId).toBeUndefined();
  });
});

describe("a list's pages", () => {
  const page = (...data: TicketRow[]) => ({ data, page: { limit: 50 } });
  const rows = {
    pages: [page(row({ id: "1" }), row({ id: "2" })), page(row({ id: "3" }))],
    pageParams: [undefined, "a"],
  };

  test("show a change in its row", () => {
    const after = patchRows(rows, "3", { priority: 1 }, "open", "me");
    expect(after.pages[1]?.data[0]?.priority).toBe(1);
    expect(after.pages[0]).toEqual(rows.pages[0]);
  });

  test("lose a ticket that left the view", () => {
    const after = patchRows(rows, "2", { status: "closed" }, "open", "me");
    expect(after.pages.map((p) => p.data.map((r) => r.id))).toEqual([["1"], ["3"]]);
  });
});

test("after a ticket is put away, the next one opens, else the one before", () => {
  const list = [{ id: "1" }, { id: "2" }, { id: "3" }];
  expect(neighbour(list, "1")).toBe("2");
  expect(neighbour(list, "3")).toBe("2");
  expect(neighbour([{ id: "1" }], "1")).toBeUndefined();
  expect(neighbour(list, "elsewhere")).toBe("1");
});

describe("a thread", () => {
  test("has each message once, oldest first, and what is being sent last", () => {
    const pages = [
      { data: [message({ id: "sending", isSending: true }), message({ id: "c" })] },
      { data: [message({ id: "c" }), message({ id: "a" }), message({ id: "b" })] },
    ].map((p) => ({ ...p, page: { next: "", limit: 50 } }));
    expect(inOrder(pages).map((m) => m.id)).toEqual(["a", "b", "c", "sending"]);
  });

  test("is parted by the reader's days", () => {
    const days = byDay([
      message({ id: "1", createdAt: new Date(2026, 10, 20, 23, 59).toISOString() }),
      message({ id: "2", createdAt: new Date(2026, 10, 21, 0, 1).toISOString() }),
      message({ id: "3", createdAt: new Date(2026, 10, 21, 9, 0).toISOString() }),
    ]);
    expect(days.map((d) => d.messages.map((m) => m.id))).toEqual([["1"], ["2", "3"]]);
  });
});

test("a conflict names the fields that someone else changed", () => {
  const before = { title: "Old", status: "open", tags: [{ id: "1" }], assignee: null };
  const now = { title: "Old", status: "pending", tags: [{ id: "1" }], assignee: { id: "2" } };
  expect(changedFields(before, now)).toEqual(["status", "assignee"]);
});
