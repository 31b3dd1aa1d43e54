import { describe, expect, it } from "vitest";
import { baseFor } from "./queries";

const shown = { value: { name: "Acme", currency: "GBP" }, etag: "1" };

describe("baseFor", () => {
  it("is the newest version while the form's own fields stand", () => {
    const latest = { value: { name: "Acme", currency: "EUR" }, etag: "2" };
    expect(baseFor({ name: "Acme Goods" }, shown, latest)).toBe(latest);
  });
  it("stays with what was shown when somebody changed the same field", () => {
    const latest = { value: { name: "Apex", currency: "GBP" }, etag: "2" };
    expect(baseFor({ name: "Acme Goods" }, shown, latest)).toBe(shown);
  });
  it("does not take a change that is already shown for somebody else's", () => {
    const latest = { value: { name: "Acme Goods", currency: "GBP" }, etag: "2" };
    expect(baseFor({ name: "Acme Goods" }, shown, latest)).toBe(latest);
  });
});
