import type { Message } from "./types";

/** A run of the thread: what was written on one day, by one person, without a pause. */
export interface Day {
  /** Local midnight. */
  at: Date;
  messages: Message[];
}

/** Messages under their days, in the reader's own time zone. */
export function byDay(messages: readonly Message[]): Day[] {
  const days: Day[] = [];
  for (const message of messages) {
    const moment = new Date(message.createdAt);
    const at = new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
    const last = days[days.length - 1];
    if (last && last.at.getTime() === at.getTime()) last.messages.push(message);
    else days.push({ at, messages: [message] });
  }
  return days;
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
