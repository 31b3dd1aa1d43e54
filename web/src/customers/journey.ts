import type { MoneyValue } from "@/lib/format";
import type { JourneyEvent } from "./types";

/** The groups that the journey's chips choose from, as the API names them. */
export const journeyGroups = ["orders", "tickets", "notes", "profile"] as const;
export type JourneyGroup = (typeof journeyGroups)[number];

/** Several events about one thing on one day, told as one entry. */
export interface JourneyEntry {
  /** Stays the same within its day while newer events join, so that what is unfolded stays so. */
  id: string;
  /** The event that says most; the newest among equals. */
  head: JourneyEvent;
  /** The others, newest first. */
  rest: JourneyEvent[];
}

export interface JourneyDay {
  /** YYYY-MM-DD in the reader's own time zone. */
  day: string;
  entries: JourneyEntry[];
}

export function textOf(event: JourneyEvent, name: string): string {
  const value = event.data[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The names in a list of an event's data: changed fields, tags. */
export function namesOf(event: JourneyEvent, name: string): string[] {
  const value = event.data[name];
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
}

/** The money an event moved: what came in is positive, what went back negative. */
export function moneyOf(event: JourneyEvent): MoneyValue | null {
  const isTransaction = event.kind === "transaction.recorded";
  if (event.kind !== "order.placed" && !isTransaction) return null;
  const value = event.data[isTransaction ? "amount" : "total"];
  if (value === null || typeof value !== "object") return null;
  const { amount, currency } = value as Partial<MoneyValue>;
  if (typeof amount !== "number" || typeof currency !== "string") return null;
  return { amount: textOf(event, "kind") === "refund" ? -Math.abs(amount) : amount, currency };
}

/** The ticket or order an event belongs to; a payment belongs to its order. */
export function subjectOf(event: JourneyEvent): string {
  const id = (...names: string[]) => names.map((n) => textOf(event, n)).find(Boolean);
  switch (event.kind.split(".")[0]) {
    case "order":
    case "transaction": {
      const order = id("order", "orderId") ?? objectId(event, "order");
      return order ? `order:${order}` : "";
    }
    case "ticket": {
      const ticket = id("ticketId", "ticket") ?? objectId(event, "ticket");
      return ticket ? `ticket:${ticket}` : "";
    }
    default:
      return "";
  }
}

function objectId(event: JourneyEvent, kind: string): string {
  return event.object.kind === kind ? (event.object.id ?? "") : "";
}

/** Changes to the profile that follow each other are one entry, whoever made them. */
const profileChanges = new Set([
  "customer.updated",
  "customer.tagged",
  "customer.grouped",
  "customer.identity_changed",
]);

/** How much an event says about its subject: the higher stands for the others. */
function weight(kind: string): number {
  if (kind === "order.placed" || kind === "ticket.created" || kind === "customer.created") return 3;
  if (kind === "ticket.message_added" || kind === "transaction.recorded") return 2;
  return 1;
}

export function localDay(at: string): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * Events, newest first, as days with entries. What happened to one order or one
 * ticket on one day is folded into one entry at the place of the newest of them.
 */
export function foldJourney(events: readonly JourneyEvent[]): JourneyDay[] {
  const days: JourneyDay[] = [];
  let open = new Map<string, JourneyEntry>();
  let lastWasProfile = false;
  for (const event of events) {
    const day = localDay(event.occurredAt);
    let last = days.at(-1);
    if (last?.day !== day) {
      last = { day, entries: [] };
      days.push(last);
      open = new Map();
      lastWasProfile = false;
    }
    const isProfile = profileChanges.has(event.kind);
    if (isProfile && !lastWasProfile) open.delete("profile");
    lastWasProfile = isProfile;
    const subject = isProfile ? "profile" : subjectOf(event);
    const entry = subject ? open.get(subject) : undefined;
    if (!entry) {
      const made = { id: subject && !isProfile ? subject : event.id, head: event, rest: [] };
      last.entries.push(made);
      if (subject) open.set(subject, made);
      continue;
    }
    if (isProfile) entry.id = event.id;
    if (weight(event.kind) > weight(entry.head.kind)) {
      entry.rest = byNewest([entry.head, ...entry.rest]);
      entry.head = event;
    } else {
      entry.rest.push(event);
    }
  }
  return days;
}

function byNewest(events: JourneyEvent[]): JourneyEvent[] {
  return events.toSorted((a, b) => b.occurredAt.localeCompare(a.occurredAt));
}
