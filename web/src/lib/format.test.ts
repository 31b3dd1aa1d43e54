import { describe, expect, test } from "vitest";
import {
  decimalText,
  formatAge,
  formatBytes,
  formatMoney,
  formatShortAge,
  parseMoney,
} from "./format";

describe("money", () => {
  test.each([
    [1299, "GBP", "£12.99"],
    [-5, "GBP", "-£0.05"],
    [1299, "JPY", "JP¥1,299"],
    [1299, "KWD", "KWD 1.299"],
    [9007199254740991, "GBP", "£90,071,992,547,409.91"],
  ])("shows %d minor units of %s as %s", (amount, currency, shown) => {
    expect(formatMoney({ amount, currency }, "en-GB").replace(/\u00a0/g, " ")).toBe(shown);
  });

  test("keeps every digit of an amount", () => {
    expect(decimalText(5, 2)).toBe("0.05");
    expect(decimalText(-123456, 3)).toBe("-123.456");
  });

  test.each([
    ["12.99", "GBP", 1299],
    ["1,299.5", "GBP", 129950],
    ["1.299,50 €", "EUR", 129950],
    ["1,299", "GBP", 129900],
    ["1299", "JPY", 1299],
    ["1,234,567.8", "GBP", 123456780],
    ["1.299", "KWD", 1299],
    ["-3", "GBP", -300],
  ])("reads %s in %s", (typed, currency, amount) => {
    expect(parseMoney(typed, currency)).toEqual({ amount, currency });
  });

  test.each(["", "abc", "1.2.3.4", "12.9999", "--3", "1,2999", "1.299.50"])(
    "refuses %j",
    (typed) => {
      expect(parseMoney(typed, "GBP")).toBeNull();
    },
  );
});

describe("time", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

  test.each([
    [10, "now"],
    [59, "1 min ago"],
    [300, "5 min ago"],
    [7200, "2 hr ago"],
    [90_000, "yesterday"],
    [86_400 * 40, "12 Oct"],
    [86_400 * 400, "17 Oct 2025"],
  ])("%d seconds ago reads %s", (seconds, shown) => {
    expect(formatAge(ago(seconds), now, "en-GB")).toBe(shown);
  });

  test("in rows it is as short as can be", () => {
    expect(formatShortAge(ago(20), now, "en")).toBe("1m");
    expect(formatShortAge(ago(3 * 3600), now, "en")).toBe("3h");
    expect(formatShortAge(ago(2 * 86_400), now, "en")).toBe("2d");
  });
});

test("sizes are told in the unit that suits them", () => {
  expect(formatBytes(900, "en")).toBe("900 byte");
  expect(formatBytes(10_485_760, "en")).toBe("10.5 MB");
});
