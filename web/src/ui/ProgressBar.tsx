import type { ReactNode } from "react";
import { t } from "@/messages";

/** Long work with its count: "1,240 of 8,000; 3 failed". Unknown totals only move. */
export function ProgressBar({
  label,
  done,
  total,
  failed = 0,
}: {
  label: string;
  done: number;
  total: number;
  failed?: number;
}): ReactNode {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const text =
    failed > 0
      ? t("ui.progressFailed", { done, total, failed })
      : t("ui.progress", { done, total });
  return (
    <div>
      <div className="mb-1 flex justify-between gap-4">
        <span className="font-medium">{label}</span>
        <span className="tabular text-muted">{text}</span>
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={text}
        className="h-1.5 overflow-hidden rounded-full bg-neutral-tint"
      >
        <div
          className="h-full rounded-full bg-accent transition-[inline-size] duration-300"
          style={{ inlineSize: `${part * 100}%` }}
        />
      </div>
    </div>
  );
}
