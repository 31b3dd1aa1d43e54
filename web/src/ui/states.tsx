import type { LucideIcon } from "lucide-react";
import CircleAlert from "lucide-react/icons/circle-alert";
import SearchX from "lucide-react/icons/search-x";
import type { ReactNode } from "react";
import { explain, isStatus, requestIdOf } from "@/api/errors";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { Button } from "./Button";
import { toast } from "./toast";

/** A place without content: what it is, why it is empty, and the one thing to do. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  live = false,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  live?: boolean;
}): ReactNode {
  return (
    <div
      role={live ? "status" : undefined}
      className="mx-auto flex max-w-sm flex-col items-center gap-1 px-4 py-12 text-center"
    >
      <span className="mb-2 flex size-10 items-center justify-center rounded-full bg-neutral-tint text-muted">
        <Icon size={20} aria-hidden strokeWidth={1.5} />
      </span>
      <p className="text-md font-semibold text-balance">{title}</p>
      {children && <div className="text-balance text-muted">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What failed, in words, with a way to try again and the id to quote. */
export function FailedState({
  error,
  onRetry,
}: {
  error: unknown;
  onRetry: () => void;
}): ReactNode {
  const requestId = requestIdOf(error);
  const missing = isStatus(error, 404);
  return (
    <div role="alert">
      <EmptyState
        icon={missing ? SearchX : CircleAlert}
        title={missing ? t("ui.notFound") : t("ui.failed")}
        action={
          <>
            <Button onClick={onRetry}>{t("ui.retry")}</Button>
            {requestId && (
              <Button
                look="quiet"
                onClick={() => {
                  void navigator.clipboard
                    ?.writeText(requestId)
                    .then(() => toast.done(t("ui.copied")));
                }}
              >
                {t("ui.copyRequestId")}
              </Button>
            )}
          </>
        }
      >
        <p>{missing ? t("ui.notFoundHint") : explain(error)}</p>
        {requestId && (
          <p className="mt-1 font-mono text-xs text-faint">
            {t("ui.requestId", { id: requestId })}
          </p>
        )}
      </EmptyState>
    </div>
  );
}

/** Grey bars in the shape of what is coming; seen only after 300 ms. */
export function Skeleton({ className }: { className?: string }): ReactNode {
  return <span aria-hidden className={cx("skeleton block h-3", className)} />;
}

const rowWidths = ["w-2/5", "w-3/5", "w-1/2", "w-1/3", "w-2/3"];

export function SkeletonRows({ rows = 12 }: { rows?: number }): ReactNode {
  return (
    <div role="status">
      <span className="sr-only">{t("ui.loading")}</span>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are alike
        <div key={i} className="flex h-9 items-center gap-3 border-b border-line/60 px-4">
          <Skeleton className="size-5 rounded-full" />
          <Skeleton className={rowWidths[i % rowWidths.length] ?? "w-1/2"} />
          <Skeleton className="ms-auto w-14" />
        </div>
      ))}
    </div>
  );
}

/** The four states every list has, and the list itself when there is something in it. */
export function ListStates({
  list,
  isFiltered = false,
  onClearFilters,
  firstUse,
  done,
  skeleton,
  children,
}: {
  list: { rows: readonly unknown[]; isFirstLoad: boolean; error: unknown; reload: () => void };
  isFiltered?: boolean;
  onClearFilters?: () => void;
  /** Nothing was ever here: what this place is and one action. */
  firstUse: ReactNode;
  /** Everything that was here is dealt with; takes the place of firstUse. */
  done?: ReactNode;
  skeleton?: ReactNode;
  children: ReactNode;
}): ReactNode {
  if (list.rows.length > 0) return children;
  if (list.error) return <FailedState error={list.error} onRetry={list.reload} />;
  if (list.isFirstLoad) return skeleton ?? <SkeletonRows />;
  if (isFiltered) {
    return (
      <EmptyState
        live
        icon={SearchX}
        title={t("ui.filteredEmpty")}
        action={onClearFilters && <Button onClick={onClearFilters}>{t("ui.clearFilters")}</Button>}
      />
    );
  }
  return done ?? firstUse;
}
