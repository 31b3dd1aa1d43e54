import { createStore } from "@/lib/store";
import { write } from "./request";
import type { Attachment, Draft } from "./types";

/** What a person has begun to write in a ticket. Files are kept by this tab alone. */
export interface Compose {
  internal: boolean;
  html: string;
  files: Attachment[];
}

export const emptyCompose: Compose = { internal: false, html: "", files: [] };

const begun = new Map<string, Compose>();

/** Counts the times that a text was put back into a composer from outside. */
export const restored = createStore(0);

/** What was begun in this tab, else what the server kept. */
export function composeOf(ticket: string, draft: Draft | null): Compose {
  const kept = draft ? { internal: draft.internal, html: draft.html, files: [] } : emptyCompose;
  return begun.get(ticket) ?? kept;
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();
const saving = new Map<string, Promise<unknown>>();

/** Typing that pauses this long is kept on the server (ms). */
const pauseOfTyping = 800;

/** Keeps what is being written: here at once, on the server when typing pauses. */
export function keepCompose(ticket: string, compose: Compose): void {
  begun.set(ticket, compose);
  clearTimeout(waiting.get(ticket));
  waiting.set(
    ticket,
    setTimeout(() => void saveDraft(ticket), pauseOfTyping),
  );
}

/** Saves at once what is still waiting to be saved. */
export function flushCompose(ticket: string): void {
  if (waiting.has(ticket)) void saveDraft(ticket);
}

/** The text has been sent or thrown away. */
export function clearCompose(ticket: string): void {
  keepCompose(ticket, { ...emptyCompose, internal: begun.get(ticket)?.internal ?? false });
  flushCompose(ticket);
}

/** Puts a text back, also into a composer that is on the screen. */
export function restoreCompose(ticket: string, compose: Compose): void {
  keepCompose(ticket, compose);
  flushCompose(ticket);
  restored.set(restored.get() + 1);
}

/** Saves go one after the other, so that an older text never overtakes a newer one. */
function saveDraft(ticket: string): Promise<void> {
  clearTimeout(waiting.get(ticket));
  waiting.delete(ticket);
  const next = (saving.get(ticket) ?? Promise.resolve()).then(async () => {
    const { html, internal } = begun.get(ticket) ?? emptyCompose;
    try {
      if (html === "") await write("DELETE", `/tickets/${ticket}/draft`);
      else await write("PUT", `/tickets/${ticket}/draft`, { html, internal });
    } catch {
      // The text is still in this tab, and the next pause tries again.
    }
  });
  saving.set(ticket, next);
  return next;
}
