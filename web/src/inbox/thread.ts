import type { Message, TicketEvent } from "./types";

/** A place in the thread: a message, or what happened between two messages. */
export type ThreadItem =
  | { key: string; message: Message; events?: undefined }
  | { key: string; message?: undefined; events: TicketEvent[] };

/** A run of the thread: what was written and what happened on one day. */
export interface Day {
  /** Local midnight. */
  at: Date;
  items: ThreadItem[];
}

/**
 * Messages, oldest first, and between them what happened, under their days in the
 * reader's own time zone. What happened with a message stands behind it.
 */
export function byDay(messages: readonly Message[], events: readonly TicketEvent[] = []): Day[] {
  const days: Day[] = [];
  const place = (moment: Date, add: (items: ThreadItem[]) => void) => {
    const at = new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
    let last = days[days.length - 1];
    if (last?.at.getTime() !== at.getTime()) {
      last = { at, items: [] };
      days.push(last);
    }
    add(last.items);
  };
  const tell = (event: TicketEvent) =>
    place(new Date(event.occurredAt), (items) => {
      const run = items[items.length - 1]?.events;
      if (run) run.push(event);
      else items.push({ key: event.id, events: [event] });
    });
  const waiting = events.toSorted((a, b) => timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1));
  for (const message of messages) {
    const written = Date.parse(message.createdAt);
    while (waiting[0] && timeOf(waiting[0]) < written) tell(waiting.shift() as TicketEvent);
    place(new Date(written), (items) => items.push({ key: message.id, message }));
  }
  waiting.forEach(tell);
  return days;
}

/** A ticket is there before its first message, which is written in the same moment. */
function timeOf(event: TicketEvent): number {
  return event.kind === "ticket.created" ? 0 : Date.parse(event.occurredAt);
}

/** The events of the span that the loaded messages cover. */
export function withinSpan(
  events: readonly TicketEvent[],
  oldest: Message | undefined,
  hasEarlier: boolean,
): readonly TicketEvent[] {
  if (!oldest || !hasEarlier) return events;
  const from = Date.parse(oldest.createdAt);
  return events.filter((event) => Date.parse(event.occurredAt) >= from);
}

/** Whether the span of the loaded messages begins before the events that are there. */
export function reachesBack(
  events: readonly TicketEvent[],
  oldest: Message | undefined,
  hasEarlier: boolean,
): boolean {
  const last = events[events.length - 1];
  if (!oldest) return false;
  return !hasEarlier || !last || Date.parse(last.occurredAt) >= Date.parse(oldest.createdAt);
}

/** The ids of users whom an editor's HTML mentions, each once. */
export function mentionsIn(html: string): string[] {
  const page = new DOMParser().parseFromString(html, "text/html");
  const found = [...page.querySelectorAll<HTMLElement>("[data-type=mention][data-id]")];
  return [...new Set(found.map((e) => e.dataset.id ?? "").filter(Boolean))];
}

const names = [
  "title",
  "status",
  "priority",
  "assignee",
  "team",
  "tags",
  "type",
  "category",
] as const;
export type Watched = (typeof names)[number];
type Comparable = Partial<Record<Watched, unknown>>;

/** The fields of a ticket that are not as they were, with what they are now. */
export function changedFields(before: Comparable, now: Comparable): Watched[] {
  return names.filter(
    (name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(now[name] ?? null),
  );
}
