import { encodeFilters, type Filter } from "@/lib/filters";
import { formatNumber } from "@/lib/format";
import type { Dashboard } from "./types";

/** A count as people read it: "12", and "1,000+" where the server stopped counting. */
export function countText(count: number, cap: number, locale?: string): string {
  return count > cap ? `${formatNumber(cap, locale)}+` : formatNumber(count, locale);
}

/** Nothing has happened in the workspace yet: there is nothing to give an overview of. */
export function isUntouched(d: Dashboard): boolean {
  const { open, pending, blocked } = d.tickets;
  return (
    open + pending + blocked === 0 &&
    d.recentOrders.length === 0 &&
    d.lowStock.length === 0 &&
    d.upsell.length === 0
  );
}

const hour = 3_600_000;

/** How pressing a wait is: hours are noticed, a day is too long. */
export function urgencyOf(since: string, now: Date): "fresh" | "long" | "tooLong" {
  const waited = now.getTime() - new Date(since).getTime();
  if (waited >= 24 * hour) return "tooLong";
  return waited >= 4 * hour ? "long" : "fresh";
}

/** One condition of the inbox as its address keeps it. */
export function inboxFilter(field: string, ...values: string[]): string | undefined {
  const filter: Filter = { field, op: "is", values };
  return encodeFilters([filter]);
}

/** Lengths of bars: each count's share of the largest, in percent, and never invisible. */
export function shares(counts: readonly number[]): number[] {
  const most = Math.max(1, ...counts);
  return counts.map((count) => (count === 0 ? 0 : Math.max(2, Math.round((count / most) * 100))));
}
