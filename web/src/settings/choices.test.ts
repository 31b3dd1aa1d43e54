import { describe, expect, it } from "vitest";
import { currencyChoices, exampleOf, localeChoices, timezoneChoices } from "./choices";

describe("choices", () => {
  it("name what they offer", () => {
    expect(currencyChoices("GBP").find((c) => c.value === "GBP")?.label).toMatch(/^GBP – /);
    expect(timezoneChoices("UTC").some((c) => c.value === "UTC")).toBe(true);
  });
  it("keep a value that they do not know", () => {
    expect(localeChoices("gsw").some((c) => c.value === "gsw")).toBe(true);
    expect(currencyChoices("XTS").some((c) => c.value === "XTS")).toBe(true);
  });
});

describe("exampleOf", () => {
  const now = new Date("2026-11-21T22:30:00Z");
  it("shows the zone's own time", () => {
    const example = exampleOf({ currency: "GBP", timezone: "Asia/Tokyo", locale: "en-GB" }, now);
    expect(example?.moment).toContain("22 November 2026");
    expect(example?.money).toBe("£1,299.50");
  });
  it("is nothing for a zone that does not exist", () => {
    expect(exampleOf({ currency: "GBP", timezone: "Mars/Base", locale: "en" }, now)).toBeNull();
  });
});
