import { describe, expect, test } from "vitest";
import { neighbour, patchRows } from "./cache";
import { tell, whoAll } from "./happened";
import { inOrder } from "./queries";
import { byDay, changedFields, reachesBack, withinSpan } from "./thread";
import type { Message, TicketEvent, TicketRow } from "./types";
import { belongs, placeOf } from "./views";

const row = (patch: Partial<TicketRow>): TicketRow =>
  ({ id: "1", status: "open", assigneeId: null, priority: 3, ...patch }) as TicketRow;

const message = (patch: Partial<Message>): Message =>
  ({ id: "1", createdAt: "2026-11-20T10:00:00Z", ...patch }) as Message;

const event = (patch: Partial<TicketEvent>): TicketEvent =>
  ({
    id: "1",
    kind: "ticket.status_changed",
    occurredAt: "2026-11-20T10:00:00Z",
    actor: { kind: "user", id: "sam", name: "Sam" },
    data: {},
    names: { mia: "Mia", sam: "Sam", returns: "Returns" },
    ...patch,
  }) as TicketEvent;

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
    expect(days.map((d) => d.items.map((i) => i.key))).toEqual([["1"], ["2", "3"]]);
  });

  test("tells what happened at its time: neighbours are one run, also beside a reply of the moment", () => {
    const at = (minute: number) => new Date(2026, 10, 20, 9, minute).toISOString();
    const days = byDay(
      [message({ id: "a", createdAt: at(0) }), message({ id: "b", createdAt: at(5) })],
      [
        event({ id: "5", occurredAt: at(9) }),
        event({ id: "4", occurredAt: at(5) }),
        event({ id: "3", occurredAt: at(2) }),
        event({ id: "2", occurredAt: at(1) }),
        event({ id: "1", kind: "ticket.created", occurredAt: at(0) }),
      ],
    );
    const told = days[0]?.items.map((i) => i.events?.map((e) => e.id) ?? i.key);
    expect(told).toEqual([["1"], "a", ["2", "3"], "b", ["4", "5"]]);
  });

  test("with earlier messages to come tells nothing from before the first one that is there", () => {
    const oldest = message({ id: "m", createdAt: "2026-11-20T10:00:00.5Z" });
    const events = [
      event({ id: "2", occurredAt: "2026-11-20T10:00:01Z" }),
      event({ id: "1", occurredAt: "2026-11-20T09:00:00Z" }),
    ];
    expect(withinSpan(events, oldest, true).map((e) => e.id)).toEqual(["2"]);
    expect(withinSpan(events, oldest, false)).toHaveLength(2);
    expect(reachesBack(events, oldest, true)).toBe(false);
    expect(reachesBack(events.slice(0, 1), oldest, true)).toBe(true);
    expect(reachesBack(events, oldest, false)).toBe(true);
    expect(reachesBack(events, undefined, true)).toBe(false);
  });
});

describe("what happened to a ticket", () => {
  const text = (kind: string, data: Record<string, unknown>, more: Partial<TicketEvent> = {}) =>
    tell(event({ kind: `ticket.${kind}`, data, ...more }), [{ key: "size", label: "Shoe size" }])
      .text;

  test("is told in words, with names", () => {
    expect(text("created", { channel: "phone" })).toBe("Sam opened the ticket, Phone");
    expect(text("assigned", { toId: "mia", automatic: true })).toBe("Given to Mia automatically");
    expect(text("assigned", { toId: "sam" })).toBe("Sam took the ticket");
    expect(text("assigned", { fromId: "sam", toId: "mia" })).toBe(
      "Sam gave the ticket from Sam to Mia",
    );
    expect(text("assigned", { fromId: "mia" })).toBe("Sam took the ticket from Mia");
    expect(text("assigned", { toId: "gone" })).toBe("Sam gave the ticket to Somebody");
    expect(text("status_changed", { from: "open", to: "pending" })).toBe(
      "Sam set the status from Open to Pending",
    );
    expect(text("tagged", { added: ["vip", "late"], removed: [] })).toBe(
      "Sam added the tags vip and late",
    );
    expect(text("tagged", { added: [], removed: ["vip"] })).toBe("Sam removed the tag vip");
    expect(text("message_changed", { removed: true })).toBe("Sam deleted a note");
    expect(text("mentioned", { userIds: ["mia"] })).toBe("Sam mentioned Mia");
  });

  test("says of changed fields what they were and are, where the event knows it", () => {
    const changes = { priority: { from: 3, to: 2 }, teamId: { from: "", to: "returns" } };
    const changed = ["priority", "teamId", "fields.size", "title"];
    expect(text("updated", { changed, changes, title: "Parcel" })).toBe(
      "Sam changed Priority from Normal to High, Team from none to Returns, Shoe size, and Title to “Parcel”",
    );
    expect(text("updated", { changed: ["priority"] })).toBe("Sam changed Priority");
  });

  test("names everybody in a run once, and nobody for what ran by itself", () => {
    const system = { kind: "system" as const, id: null, name: "" };
    expect(whoAll([event({}), event({ actor: system }), event({})])).toEqual(["Sam"]);
  });
});

test("a conflict names the fields that someone else changed", () => {
  const before = { title: "Old", status: "open", tags: [{ id: "1" }], assignee: null };
  const now = { title: "Old", status: "pending", tags: [{ id: "1" }], assignee: { id: "2" } };
  expect(changedFields(before, now)).toEqual(["status", "assignee"]);
});
