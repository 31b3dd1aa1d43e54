import { describe, expect, it } from "vitest";
import { actionName, actorName, changesOf, fieldName, valueText } from "./audit";
import type { AuditEntry } from "./types";

describe("actionName", () => {
  it("has words for what it knows and reads the rest", () => {
    expect(actionName("user.approved")).toBe("Approved a user");
    expect(actionName("parcel.sent_back")).toBe("Parcel: sent back");
  });
});

describe("actorName", () => {
  it("is the kind where there is no name", () => {
    expect(actorName({ kind: "user", id: "1", name: "Mia" })).toBe("Mia");
    expect(actorName({ kind: "anonymous", id: null, name: "" })).toBe("Nobody signed in");
  });
});

describe("valueText", () => {
  it("shows any value in one line", () => {
    expect(valueText(null)).toBe("–");
    expect(valueText(false)).toBe("no");
    expect(valueText(["a", "b"])).toBe("a, b");
    expect(valueText(0)).toBe("0");
    expect(valueText({ city: "York" })).toBe('{"city":"York"}');
  });
});

describe("fieldName", () => {
  it("puts names into words", () => {
    expect(fieldName("policy.minLength")).toBe("policy min length");
  });
});

describe("changesOf", () => {
  it("keeps one order", () => {
    const entry = { changes: { b: { old: 1, new: 2 }, a: { old: 1, new: 2 } } };
    expect(changesOf(entry as unknown as AuditEntry).map(([name]) => name)).toEqual(["a", "b"]);
  });
});
