import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

/**
 * Shows a message's `html` field, which the server has sanitised. Never give it
 * anything else: this is the one place that puts HTML into the page.
 */
export function SafeHTML({ html, className }: { html: string; className?: string }): ReactNode {
  return (
    <div
      dir="auto"
      className={cx("prose", className)}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised by the server
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}
