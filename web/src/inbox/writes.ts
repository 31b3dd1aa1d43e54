import { useQueryClient } from "@tanstack/react-query";
import { isStatus } from "@/api/errors";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import { createStore } from "@/lib/store";
import { t } from "@/messages";
import { toast } from "@/ui/toast";
import { dropTicket, patchTicket, restore } from "./cache";
import { statusName } from "./names";
import { countsKey, eventsKey } from "./queries";
import { readTagged, type Tagged, write } from "./request";
import { changedFields, type Watched } from "./thread";
import type { FieldValues, Named, Status, Tag, Ticket, TicketRow } from "./types";

/** Someone else wrote first: what they changed, what was wanted, and how to write it all the same. */
export interface Conflict {
  now: Ticket;
  wanted: Partial<TicketRow>;
  changed: Watched[];
  insist: () => void;
}

export const conflict = createStore<Conflict | null>(null);

/**
 * Writes to one ticket go one after the other: each needs the tag that the one
 * before it left, or a person's own second click would look like a stranger's.
 */
const lines = new Map<string, Promise<unknown>>();

function inLine<T>(id: string, work: () => Promise<T>): Promise<T> {
  const next = (lines.get(id) ?? Promise.resolve()).then(work, work);
  const end = next
    .catch(() => undefined)
    .finally(() => {
      if (lines.get(id) === end) lines.delete(id);
    });
  lines.set(id, end);
  return next;
}

/** What can be done to a ticket. Everything is shown at once and taken back when it is refused. */
export function useTicketWrites() {
  const queries = useQueryClient();
  const { user } = useSession();

  /** Sends one change; true when it was made. */
  async function change(
    row: TicketRow,
    patch: Partial<Ticket>,
    send: (etag: string) => Promise<Tagged<Partial<Ticket> | undefined>>,
    failure: string,
  ): Promise<boolean> {
    const one = keys.one("tickets", row.id);
    await Promise.all([
      queries.cancelQueries({ queryKey: keys.lists("tickets") }),
      queries.cancelQueries({ queryKey: one, exact: true }),
    ]);
    const before = patchTicket(queries, row.id, patch, user.id);
    try {
      await inLine(row.id, async () => {
        const known = queries.getQueryData<Tagged<Ticket>>(one);
        const { value, etag } = await send(known?.etag ?? "");
        if (known && etag) {
          const now = queries.getQueryData<Tagged<Ticket>>(one) ?? known;
          queries.setQueryData(one, { value: { ...now.value, ...ticketOf(value) }, etag });
        }
      });
      void queries.invalidateQueries({ queryKey: keys.lists("tickets") });
      void queries.invalidateQueries({ queryKey: countsKey });
      // The thread tells of a change once the server has it, never before.
      void queries.invalidateQueries({ queryKey: eventsKey(row.id) });
      return true;
    } catch (error) {
      restore(queries, before);
      if (isStatus(error, 412)) return await settle(row, patch, send, failure);
      toast.failed(failure, error);
      void queries.invalidateQueries({ queryKey: one });
      return false;
    }
  }

  /** Someone wrote first: goes on where nothing clashes, else shows what changed. */
  async function settle(
    row: TicketRow,
    patch: Partial<Ticket>,
    send: (etag: string) => Promise<Tagged<Partial<Ticket> | undefined>>,
    failure: string,
  ): Promise<boolean> {
    const one = keys.one("tickets", row.id);
    try {
      const fresh = await readTagged<Ticket>(`/tickets/${row.id}`);
      queries.setQueryData<Tagged<Ticket>>(one, (old) =>
        old ? { value: { ...old.value, ...ticketOf(fresh.value) }, etag: fresh.etag } : old,
      );
      const insist = () => change(fresh.value, patch, send, failure);
      const changed = changedFields(row, fresh.value);
      // A new message also makes a new version: only the same field changed twice is a conflict.
      if (!changed.some((name) => name in patch)) return await insist();
      conflict.set({ now: fresh.value, wanted: patch, changed, insist: () => void insist() });
      return false;
    } catch (error) {
      toast.failed(failure, error);
      return false;
    }
  }

  const patchTo = (id: string, body: object) => (etag: string) =>
    write<Ticket>("PATCH", `/tickets/${id}`, body, etag);

  const writes = {
    /** Moves a ticket; the way back is offered. */
    async setStatus(row: TicketRow, status: Status, isUndo = false): Promise<boolean> {
      if (row.status === status) return true;
      const done = await change(
        row,
        { status },
        patchTo(row.id, { status }),
        t("inbox.statusFailed", { number: `#${row.number}` }),
      );
      if (done && !isUndo) {
        toast.undo(
          t("inbox.statusDone", { number: `#${row.number}`, status: statusName(status) }),
          () => void writes.setStatus({ ...row, status }, row.status, true),
        );
      }
      return done;
    },
    setPriority(row: TicketRow, priority: number) {
      return change(row, { priority }, patchTo(row.id, { priority }), t("inbox.changeFailed"));
    },
    setTitle(row: TicketRow, title: string) {
      return change(row, { title }, patchTo(row.id, { title }), t("inbox.changeFailed"));
    },
    setTeam(row: TicketRow, team: Named | null) {
      return change(
        row,
        { team, teamId: team?.id ?? null },
        patchTo(row.id, { teamId: team?.id ?? null }),
        t("inbox.changeFailed"),
      );
    },
    setFields(row: TicketRow, changed: FieldValues, all: FieldValues) {
      return change(
        row,
        { fields: all },
        patchTo(row.id, { fields: changed }),
        t("inbox.changeFailed"),
      );
    },
    async assign(row: TicketRow, to: Named | null, isUndo = false): Promise<boolean> {
      if ((row.assigneeId ?? null) === (to?.id ?? null)) return true;
      const done = await change(
        row,
        { assignee: to, assigneeId: to?.id ?? null },
        () => write<Ticket>("PUT", `/tickets/${row.id}/assignee`, { assigneeId: to?.id ?? null }),
        t("inbox.assignFailed", { number: `#${row.number}` }),
      );
      if (done && !isUndo) {
        const number = `#${row.number}`;
        toast.undo(
          to
            ? t("inbox.assigned", { number, name: to.name })
            : t("inbox.unassignedDone", { number }),
          () =>
            void writes.assign(
              { ...row, assignee: to, assigneeId: to?.id ?? null },
              row.assignee,
              true,
            ),
        );
      }
      return done;
    },
    setTags(row: TicketRow, tags: Tag[]) {
      return change(
        row,
        { tags },
        patchTo(row.id, { tags: tags.map((tag) => tag.name) }),
        t("inbox.tagsFailed"),
      );
    },
    follow(row: Ticket, on: boolean) {
      return change(
        row,
        { following: on },
        async () => {
          await write(on ? "PUT" : "DELETE", `/tickets/${row.id}/followers/me`);
          return { value: undefined, etag: "" };
        },
        t("inbox.followFailed"),
      );
    },
    /** The reader has seen all there is; failing is not worth a word. */
    async markRead(id: string): Promise<void> {
      patchTicket(queries, id, { unread: false }, user.id);
      try {
        await write("PUT", `/tickets/${id}/read`);
      } catch {
        // The lists are asked again below and show what the server holds.
      }
      // A list that was under way may have come back with the mark still on.
      void queries.invalidateQueries({ queryKey: keys.lists("tickets") });
    },
    async remove(row: TicketRow): Promise<void> {
      try {
        await write("DELETE", `/tickets/${row.id}`);
      } catch (error) {
        toast.failed(t("inbox.deleteFailed"), error);
        throw error;
      }
      dropTicket(queries, row.id);
      void queries.invalidateQueries({ queryKey: countsKey });
      toast.done(t("inbox.deleted", { number: `#${row.number}` }));
    },
  };
  return writes;
}

export type TicketWrites = ReturnType<typeof useTicketWrites>;

/** A write's answer may bring the thread along; the ticket is kept without it. */
function ticketOf(value: Partial<Ticket> | undefined): Partial<Ticket> {
  if (!value) return {};
  const {
    messages: _thread,
    notice: _notice,
    ...ticket
  } = value as Partial<Ticket & { messages: unknown; notice: unknown }>;
  return ticket;
}
