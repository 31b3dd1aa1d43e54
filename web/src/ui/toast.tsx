import type { ReactNode } from "react";
import { Toaster as Sonner, toast as sonner } from "sonner";
import { explain, requestIdOf } from "@/api/errors";
import { theme } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { t } from "@/messages";

interface Undoable {
  id: string | number;
  undo: () => void;
}

/** What Z takes back: the newest action whose toast is still shown. */
const undoable: Undoable[] = [];

function forget(id: string | number): void {
  const at = undoable.findIndex((u) => u.id === id);
  if (at >= 0) undoable.splice(at, 1);
}

export const toast = {
  done(message: string): void {
    sonner.success(message);
  },
  info(message: string): void {
    sonner(message);
  },
  /** A failure, with why and the id to quote. Stays longer, since it has to be read. */
  failed(title: string, error?: unknown): void {
    const requestId = requestIdOf(error);
    sonner.error(title, {
      duration: 12_000,
      description:
        error === undefined ? undefined : (
          <>
            {explain(error)}
            {requestId && (
              <span className="block font-mono text-xs">
                {t("ui.requestId", { id: requestId })}
              </span>
            )}
          </>
        ),
    });
  },
  /** Says what was done and offers to take it back, by the button or by Z. */
  undo(message: string, undo: () => void, duration = 10_000): void {
    const run = () => {
      forget(id);
      sonner.dismiss(id);
      undo();
    };
    const id = sonner(message, {
      duration,
      action: { label: t("ui.undo"), onClick: run },
      onDismiss: () => forget(id),
      onAutoClose: () => forget(id),
    });
    undoable.push({ id, undo: run });
  },
};

/** Takes back the newest action that still can be; false when there is none. */
export function undoLast(): boolean {
  const last = undoable.pop();
  last?.undo();
  return last !== undefined;
}

export function Toaster(): ReactNode {
  return (
    <Sonner
      theme={useStore(theme)}
      style={{ fontFamily: "inherit" }}
      position="bottom-center"
      duration={5000}
      visibleToasts={4}
      gap={8}
      offset={16}
      mobileOffset={{ bottom: "4.5rem" }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-2 rounded-lg border border-line bg-raised px-3 py-2 text-base text-text shadow-overlay",
          content: "min-w-0 flex-1",
          description: "text-sm text-muted",
          icon: "shrink-0 text-muted",
          actionButton:
            "min-h-6 shrink-0 rounded-sm px-2 font-medium text-accent-text hover:bg-hover",
        },
      }}
    />
  );
}
