import { type ReactNode, useSyncExternalStore } from "react";
import { Toaster as Sonner, toast as sonner } from "sonner";
import { explain, requestIdOf } from "@/api/errors";
import { direction } from "@/lib/locale";
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

/** As wide as a phone or a tablet held upright: there is no free corner beside the composer. */
const narrow = "(max-width: 767px)";

function onWidth(listener: () => void): () => void {
  const media = matchMedia(narrow);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
}

/** At the start side, since what sends and saves stands at the end; narrow windows show them above. */
export function Toaster(): ReactNode {
  const isNarrow = useSyncExternalStore(onWidth, () => matchMedia(narrow).matches);
  const bottom = direction() === "ltr" ? "bottom-left" : "bottom-right";
  return (
    <Sonner
      theme={useStore(theme)}
      style={{ fontFamily: "inherit" }}
      position={isNarrow ? "top-center" : bottom}
      duration={5000}
      visibleToasts={3}
      gap={8}
      offset={16}
      mobileOffset={{ top: "3.5rem" }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-2 rounded-lg border border-line bg-raised px-3 py-2 text-base text-text shadow-overlay",
          content: "min-w-0 flex-1",
          description: "text-sm text-muted",
          icon: "shrink-0 text-muted",
          // Toasts behind the front one are drawn smaller; the button stays large enough there too.
          actionButton:
            "min-h-7 shrink-0 rounded-sm px-2 font-medium text-accent-text hover:bg-hover",
        },
      }}
    />
  );
}
