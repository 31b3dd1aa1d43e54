import { expect, test } from "vitest";
import { foldJourney, moneyOf } from "./journey";
import type { JourneyEvent } from "./types";

const base = new Date(2026, 10, 20, 12).getTime();

function event(
  id: string,
  kind: string,
  minutesAgo: number,
  data: Record<string, unknown> = {},
): JourneyEvent {
  return {
    id,
    kind,
    occurredAt: new Date(base - minutesAgo * 60_000).toISOString(),
    actor: { kind: "system", id: null, name: "" },
    object: { kind: "", id: null },
    data,
  };
}

test("what happened to one order on one day is one entry, headed by its placing", () => {
  const days = foldJourney([
    event("3", "order.status_changed", 1, { order: "A", from: "paid", to: "shipped" }),
    event("m", "ticket.created", 2, { ticketId: "T" }),
    event("2", "transaction.recorded", 3, { order: "A", kind: "payment" }),
    event("1", "order.placed", 4, { order: "A" }),
  ]);
  expect(days).toHaveLength(1);
  const [first, second] = days[0]?.entries ?? [];
  expect(first?.head.id).toBe("1");
  expect(first?.rest.map((e) => e.id)).toEqual(["3", "2"]);
  expect(second?.head.id).toBe("m");
});

test("the same order on another day is another entry under that day", () => {
  const days = foldJourney([
    event("2", "order.status_changed", 0, { order: "A" }),
    event("1", "order.placed", 24 * 60, { order: "A" }),
  ]);
  expect(days.map((d) => d.entries.map((e) => e.head.id))).toEqual([["2"], ["1"]]);
});

test("profile changes fold only while nothing else came between them", () => {
  const days = foldJourney([
    event("4", "customer.updated", 1),
    event("3", "customer.tagged", 2),
    event("2", "order.placed", 3, { order: "A" }),
    event("1", "customer.updated", 4),
  ]);
  expect(days[0]?.entries.map((e) => [e.head.id, e.rest.length])).toEqual([
    ["4", 1],
    ["2", 0],
    ["1", 0],
  ]);
});

test("an entry keeps its id when something newer joins it", () => {
  const before = [
    event("t1", "ticket.created", 4, { ticketId: "T" }),
    event("p1", "customer.updated", 5),
  ];
  const after = [
    event("p3", "customer.tagged", 1),
    event("p2", "customer.updated", 2),
    event("t2", "ticket.message_added", 3, { ticketId: "T" }),
    ...before,
  ];
  const idsOf = (events: JourneyEvent[]) => foldJourney(events)[0]?.entries.map((e) => e.id);
  expect(idsOf(after)).toEqual(["p2", ...(idsOf(before) ?? [])]);
  expect(idsOf(after.slice(1))).toEqual(idsOf(after));
});

test("a refund is money that went back, a return keeps its own sign", () => {
  const amount = { amount: 500, currency: "GBP" };
  expect(moneyOf(event("1", "transaction.recorded", 0, { kind: "refund", amount }))?.amount).toBe(
    -500,
  );
  const total = { amount: -1275, currency: "GBP" };
  expect(moneyOf(event("2", "order.placed", 0, { kind: "return", total }))?.amount).toBe(-1275);
  expect(moneyOf(event("3", "order.status_changed", 0, { total }))).toBeNull();
});
