import { expect, test } from "vitest";
import { grossOf, orderTotals, parseUnitPrice } from "./orderTotals";

test("unit prices are read exactly, with at most six decimals", () => {
  expect(parseUnitPrice("2.55")).toBe(2_550_000n);
  expect(parseUnitPrice("0,001")).toBe(1000n);
  expect(parseUnitPrice("-3")).toBe(-3_000_000n);
  expect(parseUnitPrice("0.0000001")).toBeNull();
  expect(parseUnitPrice("two")).toBeNull();
  expect(parseUnitPrice("")).toBeNull();
});

test("halves are rounded away from zero in the currency's own minor unit", () => {
  expect(grossOf(1, 5000n, "GBP")).toBe(1);
  expect(grossOf(-1, 5000n, "GBP")).toBe(-1);
  expect(grossOf(1, 4999n, "GBP")).toBe(0);
  expect(grossOf(3, 1_500_000n, "JPY")).toBe(5);
  expect(grossOf(1000, 1000n, "GBP")).toBe(100);
});

test("an order's total is its lines less discounts plus tax", () => {
  const totals = orderTotals(
    [
      { quantity: 6, unitPrice: "2.55", discount: 30, tax: 300 },
      { quantity: -1, unitPrice: "1.85", discount: 0, tax: 0 },
      { quantity: 2, unitPrice: "", discount: 0, tax: 0 },
    ],
    { discount: 100, tax: 20 },
    "GBP",
  );
  expect(totals.lines).toEqual([1800, -185, null]);
  expect(totals).toMatchObject({ subtotal: 1345, discount: 130, tax: 320, total: 1535 });
});
