import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

/** The mark: two events on one line. */
export function Logo({ className }: { className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cx("shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="2.5" strokeLinecap="round">
        <path d="M16 5.5v21" />
        <circle cx="16" cy="11" r="3.5" fill="var(--on-accent)" />
        <circle cx="16" cy="21" r="3.5" fill="var(--accent)" />
      </g>
    </svg>
  );
}
