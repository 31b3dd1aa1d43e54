import { Fragment, type ReactNode } from "react";
import { isApple, keyCaps } from "@/commands/keys";
import { cx } from "@/lib/cx";
import { t } from "@/messages";

/** A shortcut drawn as key caps: "mod+k" → Ctrl K, "g i" → G I. */
export function Kbd({ keys, inherit = false }: { keys: string; inherit?: boolean }): ReactNode {
  const strokes = keyCaps(keys, isApple());
  return (
    <kbd className="inline-flex items-center gap-0.5 font-sans" dir="ltr">
      {strokes.map((caps, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: strokes have no other identity
        <Fragment key={i}>
          {i > 0 && <span className="sr-only">{t("shell.then")}</span>}
          {caps.map((cap) => (
            <span
              key={cap}
              className={cx(
                "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border px-1 text-xs",
                inherit ? "border-current/40 text-current" : "border-line bg-sunken text-muted",
              )}
            >
              {cap}
            </span>
          ))}
        </Fragment>
      ))}
    </kbd>
  );
}
