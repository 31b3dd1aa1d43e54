import { queryOptions, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "@/api/keys";
import { type List, type Page, useList } from "@/api/queries";
import type { FilterParams } from "@/lib/filters";
import { read, readTagged, type Tagged } from "./request";
import type {
  Customer,
  Message,
  MessagePage,
  Named,
  Order,
  Tag,
  Ticket,
  TicketEvent,
  TicketRow,
  User,
} from "./types";

export const countsKey = ["tickets", "counts"] as const;
export const threadKey = (id: string) => keys.part("tickets", id, "messages");
export const eventsKey = (id: string) => keys.part("tickets", id, "events");

/** What a list of tickets is asked for; also the part of its key that says which one it is. */
export interface ListParams {
  view: string;
  q?: string | undefined;
  filters?: FilterParams | undefined;
}

export function useTickets(params: ListParams, enabled: boolean): List<TicketRow> {
  return useList<TicketRow>(
    keys.list("tickets", params),
    (cursor, signal) =>
      read<Page<TicketRow>>(
        "/tickets",
        { ...params.filters, view: params.view, q: params.q, cursor, limit: "50" },
        signal,
      ),
    { enabled },
  );
}

/** How many tickets each view holds; the server stops counting at its cap. */
export type Counts = Record<string, { count: number; more: boolean }>;

export function useCounts() {
  return useQuery({
    queryKey: countsKey,
    queryFn: ({ signal }) => read<Counts>("/tickets/counts", {}, signal),
  });
}

type Opened = Ticket & { messages: MessagePage };
export type Thread = { pages: MessagePage[]; pageParams: (string | undefined)[] };

/** One ticket. Its answer brings the newest messages along, which begin the thread. */
export function useTicket(id: string) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.one("tickets", id),
    queryFn: async ({ signal }): Promise<Tagged<Ticket>> => {
      const { value, etag } = await readTagged<Opened>(`/tickets/${id}`, signal);
      const { messages, ...ticket } = value;
      queries.setQueryData<Thread>(threadKey(id), (old) =>
        old && old.pages.length > 1
          ? old
          : {
              pages: [messages],
              pageParams: [undefined],
            },
      );
      return { value: ticket, etag };
    },
  });
}

/** The messages of a ticket, oldest first; earlier ones come by page. */
export function useThread(id: string) {
  const query = useInfiniteQuery({
    queryKey: threadKey(id),
    queryFn: ({ pageParam, signal }) =>
      read<MessagePage>(`/tickets/${id}/messages`, { cursor: pageParam, limit: "50" }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: MessagePage) => last.page.next || undefined,
  });
  const messages = useMemo(() => inOrder(query.data?.pages ?? []), [query.data]);
  return { ...query, messages };
}

/** Messages of all pages, oldest first, each once. Ids grow with time. */
export function inOrder(pages: readonly MessagePage[]): Message[] {
  const found = new Map<string, Message>();
  for (const page of pages) for (const message of page.data) found.set(message.id, message);
  return [...found.values()].sort((a, b) =>
    a.isSending === b.isSending ? (a.id < b.id ? -1 : 1) : a.isSending ? 1 : -1,
  );
}

/** What the thread tells besides messages. */
const toldKinds = [
  "ticket.created",
  "ticket.unassigned",
  "ticket.assigned",
  "ticket.status_changed",
  "ticket.updated",
  "ticket.tagged",
  "ticket.message_changed",
  "ticket.mentioned",
];

/** What happened to a ticket besides messages, newest first, as far back as the pages that are there. */
export function useTicketEvents(id: string) {
  const query = useInfiniteQuery({
    queryKey: eventsKey(id),
    queryFn: ({ pageParam, signal }) =>
      read<Page<TicketEvent>>(
        `/tickets/${id}/events`,
        { kind: toldKinds, cursor: pageParam, limit: "100" },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<TicketEvent>) => last.page.next || undefined,
  });
  const events = useMemo(() => query.data?.pages.flatMap((p) => p.data) ?? [], [query.data]);
  return { ...query, events };
}

/** Short dictionaries that many places choose from. */
const dictionaryAge = 5 * 60_000;

export const usersQuery = queryOptions({
  queryKey: keys.list("users", { directory: true }),
  queryFn: async ({ signal }) => (await read<Page<User>>("/users/directory", {}, signal)).data,
  staleTime: dictionaryAge,
});

export const teamsQuery = queryOptions({
  queryKey: keys.list("teams", { for: "choosing" }),
  queryFn: async ({ signal }) => (await read<Page<Named>>("/teams", {}, signal)).data,
  staleTime: dictionaryAge,
});

export const tagsQuery = queryOptions({
  queryKey: keys.list("tags", { for: "choosing" }),
  queryFn: async ({ signal }) => (await read<Page<Tag>>("/tags", { limit: "200" }, signal)).data,
  staleTime: dictionaryAge,
});

export function useCustomer(id: string) {
  return useQuery({
    queryKey: keys.one("customers", id),
    queryFn: ({ signal }) => readTagged<Customer>(`/customers/${id}`, signal),
  });
}

export function useCustomerOrders(id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.part("customers", id, "orders", { limit: 20 }),
    queryFn: ({ signal }) => read<Page<Order>>(`/customers/${id}/orders`, { limit: "20" }, signal),
    enabled,
  });
}
