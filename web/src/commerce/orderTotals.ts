import { currencyDigits } from "@/lib/format";

/** Decimals that a unit price may have. */
const scale = 6;

/**
 * Reads a unit price in major units as millionths, exactly. Null when it is no
 * number or has more than six decimals. A comma may stand for the point.
 */
export function parseUnitPrice(typed: string): bigint | null {
  const match = /^(-?)(\d{1,10})(?:[.,](\d{0,6}))?$/.exec(typed.trim());
  if (!match) return null;
  const value = BigInt((match[2] ?? "0") + (match[3] ?? "").padEnd(scale, "0"));
  return match[1] ? -value : value;
}

/** The unit price as the API takes it: a plain decimal with a point. */
export function unitPriceText(typed: string): string {
  return typed.trim().replace(",", ".");
}

/** Quantity times unit price in minor units, halves rounded away from zero, as the server does. */
export function grossOf(quantity: number, millionths: bigint, currency: string): number {
  const divisor = 10n ** BigInt(Math.max(0, scale - currencyDigits(currency)));
  const product = BigInt(quantity) * millionths;
  const size = product < 0n ? -product : product;
  const rounded = (size + divisor / 2n) / divisor;
  return Number(product < 0n ? -rounded : rounded);
}

export interface LineDraft {
  quantity: number;
  unitPrice: string;
  /** Minor units, as all that follow. */
  discount: number;
  tax: number;
}

export interface Totals {
  /** Of each line; null where it cannot be computed yet. */
  lines: (number | null)[];
  subtotal: number;
  discount: number;
  tax: number;
  total: number;
}

/** What an order comes to. Discount and tax on the whole order are added to the lines'. */
export function orderTotals(
  lines: readonly LineDraft[],
  extra: { discount: number; tax: number },
  currency: string,
): Totals {
  const totals: Totals = {
    lines: [],
    subtotal: 0,
    discount: extra.discount,
    tax: extra.tax,
    total: 0,
  };
  for (const line of lines) {
    const price = parseUnitPrice(line.unitPrice);
    if (price === null || !Number.isSafeInteger(line.quantity)) {
      totals.lines.push(null);
      continue;
    }
    const gross = grossOf(line.quantity, price, currency);
    totals.lines.push(gross - line.discount + line.tax);
    totals.subtotal += gross;
    totals.discount += line.discount;
    totals.tax += line.tax;
  }
  totals.total = totals.subtotal - totals.discount + totals.tax;
  return totals;
}
