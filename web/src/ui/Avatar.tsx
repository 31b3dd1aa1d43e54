import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

/** The first letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  const letter = (word: string) => [...word][0]?.toUpperCase() ?? "";
  return letter(first) + letter(last) || "?";
}

/** The same name has the same colour everywhere. */
export function avatarColour(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % 8;
}

const sizes = {
  small: "size-5 text-[0.5625rem]",
  normal: "size-7 text-xs",
  large: "size-10 text-base",
};

/** A person as initials. It only repeats a name that stands beside it, unless `named`. */
export function Avatar({
  name,
  size = "normal",
  named = false,
}: {
  name: string;
  size?: keyof typeof sizes;
  /** The name stands nowhere else: say and show it on hover. */
  named?: boolean;
}): ReactNode {
  return (
    <span
      {...(named ? { role: "img", "aria-label": name, title: name } : { "aria-hidden": true })}
      style={{ background: `var(--avatar-${avatarColour(name)})`, color: "var(--avatar-text)" }}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-full font-semibold select-none",
        sizes[size],
      )}
    >
      {initials(name)}
    </span>
  );
}
