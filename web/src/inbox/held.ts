import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import { createStore } from "@/lib/store";
import { t } from "@/messages";
import { toast } from "@/ui/toast";
import { dropMessage } from "./cache";
import { type Compose, restoreCompose } from "./compose";
import { write } from "./request";
import type { Status, TicketRow } from "./types";
import { lastView } from "./views";

/** How long a reply is held back, in which it can be undone (s). */
export const holdSeconds = 10;

/** A reply that the server still holds. */
export interface HeldSend {
  message: string;
  ticket: TicketRow;
  /** When it goes out, by this machine's clock (ms since 1970). */
  until: number;
  compose: Compose;
  /** The status that the ticket gets with it. */
  status: Status | null;
}

export const heldSends = createStore<readonly HeldSend[]>([]);

export function addHeld(send: HeldSend): void {
  heldSends.set([...heldSends.get(), send]);
}

export function dropHeld(message: string): void {
  heldSends.set(heldSends.get().filter((h) => h.message !== message));
}

/** Takes a held reply back and puts its text into the composer again. */
export function useUndoSend(): (send: HeldSend) => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async (send) => {
    dropHeld(send.message);
    const { id } = send.ticket;
    try {
      await write("DELETE", `/tickets/${id}/messages/${send.message}`);
    } catch (error) {
      void queries.invalidateQueries({ queryKey: keys.one("tickets", id) });
      if (error instanceof ApiError && [404, 409].includes(error.status)) {
        toast.info(t("inbox.alreadySent"));
      } else toast.failed(t("inbox.undoFailed"), error);
      return;
    }
    dropMessage(queries, id, send.message);
    restoreCompose(id, send.compose);
    void queries.invalidateQueries({ queryKey: keys.one("tickets", id) });
    void queries.invalidateQueries({ queryKey: keys.lists("tickets") });
    void navigate({
      to: "/inbox/$view/$ticketId",
      params: { view: lastView(), ticketId: id },
      search: true,
    });
  };
}
