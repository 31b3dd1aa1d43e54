import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { Page } from "@/api/queries";
import { type Thread, threadKey } from "./queries";
import type { Tagged } from "./request";
import type { Message, Ticket, TicketRow } from "./types";
import { belongs } from "./views";

type Rows = InfiniteData<Page<TicketRow>, string | undefined>;

/** What the cache held before a change, to put back when it is refused. */
export type Snapshot = [QueryKey, unknown][];

/** Changes a ticket wherever it is shown: where it is open, and in every list that holds it. */
export function patchTicket(
  queries: QueryClient,
  id: string,
  patch: Partial<TicketRow> & Partial<Ticket>,
  me: string,
): Snapshot {
  const before: Snapshot = [];
  const one = keys.one("tickets", id);
  const opened = queries.getQueryData<Tagged<Ticket>>(one);
  if (opened) {
    before.push([one, opened]);
    queries.setQueryData(one, { ...opened, value: { ...opened.value, ...patch } });
  }
  for (const [key, rows] of queries.getQueriesData<Rows>({ queryKey: keys.lists("tickets") })) {
    if (!rows?.pages) continue;
    if (!rows.pages.some((p) => p.data.some((row) => row.id === id))) continue;
    before.push([key, rows]);
    queries.setQueryData<Rows>(key, patchRows(rows, id, patch, viewOfKey(key), me));
  }
  return before;
}

export function restore(queries: QueryClient, before: Snapshot): void {
  for (const [key, data] of before) queries.setQueryData(key, data);
}

function viewOfKey(key: QueryKey): string {
  const params = key[2];
  if (params === null || typeof params !== "object" || !("view" in params)) return "all";
  return String(params.view);
}

/** A list's pages after one of its tickets changed: changed too, or gone when it left the view. */
export function patchRows(
  rows: Rows,
  id: string,
  patch: Partial<TicketRow>,
  view: string,
  me: string,
): Rows {
  return {
    ...rows,
    pages: rows.pages.map((page) => ({
      ...page,
      data: page.data.flatMap((row) => {
        if (row.id !== id) return [row];
        const next = { ...row, ...patch };
        return belongs(view, next, me) ? [next] : [];
      }),
    })),
  };
}

/** Takes a ticket out of every list, when it is deleted. */
export function dropTicket(queries: QueryClient, id: string): void {
  for (const [key, rows] of queries.getQueriesData<Rows>({ queryKey: keys.lists("tickets") })) {
    if (!rows?.pages) continue;
    queries.setQueryData<Rows>(key, {
      ...rows,
      pages: rows.pages.map((page) => ({ ...page, data: page.data.filter((r) => r.id !== id) })),
    });
  }
  queries.removeQueries({ queryKey: keys.one("tickets", id) });
}

/** Puts a message into the thread, or in the place of the one it stood in for. */
export function putMessage(
  queries: QueryClient,
  ticket: string,
  message: Message,
  insteadOf?: string,
): void {
  editThread(queries, ticket, (messages) => [
    ...messages.filter((m) => m.id !== insteadOf && m.id !== message.id),
    message,
  ]);
}

export function dropMessage(queries: QueryClient, ticket: string, message: string): void {
  editThread(queries, ticket, (messages) => messages.filter((m) => m.id !== message));
}

export function editMessage(
  queries: QueryClient,
  ticket: string,
  message: string,
  patch: Partial<Message>,
): void {
  editThread(queries, ticket, (messages) =>
    messages.map((m) => (m.id === message ? { ...m, ...patch } : m)),
  );
}

/** Edits every page; what is new goes to the first, which holds the newest messages. */
function editThread(
  queries: QueryClient,
  ticket: string,
  edit: (messages: Message[]) => Message[],
): void {
  queries.setQueryData<Thread>(threadKey(ticket), (old) => {
    if (!old) return old;
    const known = new Set(old.pages.flatMap((p) => p.data.map((m) => m.id)));
    return {
      ...old,
      pages: old.pages.map((page, i) => ({
        ...page,
        data: edit(page.data).filter(
          (m) => i === 0 || (known.has(m.id) && page.data.some((own) => own.id === m.id)),
        ),
      })),
    };
  });
}

/** The ticket that takes an emptied place: the next one in the list, else the one before. */
export function neighbour(rows: readonly { id: string }[], id: string): string | undefined {
  const at = rows.findIndex((row) => row.id === id);
  if (at < 0) return rows[0]?.id;
  return (rows[at + 1] ?? rows[at - 1])?.id;
}
