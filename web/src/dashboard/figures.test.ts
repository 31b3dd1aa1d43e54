import { describe, expect, it } from "vitest";
import { countText, inboxFilter, isUntouched, shares, urgencyOf } from "./figures";
import type { Dashboard } from "./types";

const empty: Dashboard = {
  tickets: { open: 0, pending: 0, blocked: 0, unassigned: 0, urgent: 0, mine: 0, cap: 1000 },
  waiting: [],
  activeIssues: [],
  load: [{ user: { id: "1", name: "Mia" }, available: true, open: 0 }],
  recentOrders: [],
  lowStock: [],
  upsell: [],
  escalation: [],
};

describe("countText", () => {
  it("says that there are more than were counted", () => {
    expect(countText(1000, 1000, "en")).toBe("1,000");
    expect(countText(1001, 1000, "en")).toBe("1,000+");
  });
});

describe("isUntouched", () => {
  it("is true while there are colleagues only, and false from the first ticket on", () => {
    expect(isUntouched(empty)).toBe(true);
    expect(isUntouched({ ...empty, tickets: { ...empty.tickets, pending: 1 } })).toBe(false);
  });
});

describe("urgencyOf", () => {
  it("notices hours and calls a day too long", () => {
    const now = new Date("2026-11-21T12:00:00Z");
    expect(urgencyOf("2026-11-21T09:00:00Z", now)).toBe("fresh");
    expect(urgencyOf("2026-11-21T08:00:00Z", now)).toBe("long");
    expect(urgencyOf("2026-11-20T12:00:00Z", now)).toBe("tooLong");
  });
});

describe("inboxFilter", () => {
  it("writes a condition as the inbox reads it", () => {
    expect(inboxFilter("priority", "1", "2")).toBe("priority:is:1|2");
  });
});

describe("shares", () => {
  it("compares with the largest and keeps small ones visible", () => {
    expect(shares([50, 25, 0, 0.1])).toEqual([100, 50, 0, 2]);
    expect(shares([])).toEqual([]);
  });
});
