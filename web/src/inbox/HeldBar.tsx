import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { keys } from "@/api/keys";
import { useCommands } from "@/commands/registry";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { dropHeld, type HeldSend, heldSends, holdSeconds, useUndoSend } from "./held";
import { statusName } from "./names";

/** Replies on their way out, each with the seconds left to take it back. Stands above the composer. */
export function HeldBar(): ReactNode {
  const held = useStore(heldSends);
  const undo = useUndoSend();
  const newest = held[held.length - 1];
  useCommands(
    newest
      ? [
          {
            id: "inbox.undoSend",
            label: t("inbox.undoSend"),
            keys: "z",
            group: t("inbox.group"),
            run: () => void undo(newest),
          },
        ]
      : [],
  );
  return (
    <div role="status" className="shrink-0">
      {held.map((send) => (
        <HeldOne
          key={send.message}
          send={send}
          keyed={send === newest}
          onUndo={() => void undo(send)}
        />
      ))}
    </div>
  );
}

function HeldOne({
  send,
  keyed,
  onUndo,
}: {
  send: HeldSend;
  keyed: boolean;
  onUndo: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const left = useSecondsLeft(send.until);
  const { message, ticket } = send;
  useEffect(() => {
    const timer = setTimeout(
      () => {
        dropHeld(message);
        void queries.invalidateQueries({ queryKey: keys.one("tickets", ticket.id) });
      },
      Math.max(0, send.until - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [send.until, message, ticket.id, queries]);
  return (
    <div className="flex min-h-10 items-center gap-3 border-t bg-selected ps-4 pe-2">
      <CountRing left={left} />
      <span dir="auto" className="min-w-0 flex-1 truncate">
        {t("inbox.sendingTo", { name: ticket.customer?.name ?? `#${ticket.number}` })}
        {send.status && ` · ${t("inbox.thenStatus", { status: statusName(send.status) })}`}
      </span>
      <Button look="quiet" keys={keyed ? "z" : undefined} onClick={onUndo}>
        {t("ui.undo")}
      </Button>
    </div>
  );
}

/** Seconds left as a number in a ring that empties; said once by the text beside it. */
export function CountRing({ left }: { left: number }): ReactNode {
  const round = 2 * Math.PI * 9;
  return (
    <span aria-hidden className="relative inline-flex size-6 shrink-0 items-center justify-center">
      <svg viewBox="0 0 24 24" className="absolute inset-0 -rotate-90 text-accent-text">
        <title>{t("inbox.secondsLeft", { count: left })}</title>
        <circle cx="12" cy="12" r="9" fill="none" stroke="var(--line)" strokeWidth="2" />
        <circle
          cx="12"
          cy="12"
          r="9"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeDasharray={round}
          strokeDashoffset={round * (1 - left / holdSeconds)}
          className="transition-[stroke-dashoffset] duration-1000 ease-linear"
        />
      </svg>
      <span className="tabular text-xs font-medium">{left}</span>
    </span>
  );
}

export function useSecondsLeft(until: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
