import type { ReactNode } from "react";
import type { OrderDetail } from "@/commerce/types";
import { formatNumber } from "@/lib/format";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { Button } from "@/ui/Button";
import { StatusBadge } from "@/ui/marks";
import { Skeleton } from "@/ui/states";
import { Money } from "@/ui/values";

const most = 8;

/** What an order held, opened in place on the journey. */
export function JourneyOrder({ id, compact }: { id: string; compact: boolean }): ReactNode {
  const order = useRecord<OrderDetail>("orders", id);
  if (order.isPending) {
    return (
      <div role="status" className="flex flex-col gap-2 py-2">
        <span className="sr-only">{t("ui.loading")}</span>
        <Skeleton className="w-3/5" />
        <Skeleton className="w-2/5" />
      </div>
    );
  }
  if (order.isError) {
    return (
      <p role="alert" className="flex items-center gap-2 py-1 text-danger">
        {t("ui.failed")}
        <Button size="small" onClick={() => void order.refetch()}>
          {t("ui.retry")}
        </Button>
      </p>
    );
  }
  const { lines, status } = order.data.value;
  const shown = lines.slice(0, compact ? 4 : most);
  return (
    <div className="my-1 rounded-md border bg-bg px-2 py-1">
      <StatusBadge status={status} />
      <ul>
        {shown.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id of their own
          <li key={i} className="flex gap-2 py-0.5">
            <span className="tabular w-10 shrink-0 text-end text-muted">
              {formatNumber(line.quantity)}×
            </span>
            <span dir="auto" className="min-w-0 flex-1 truncate" title={line.title}>
              {line.title}
            </span>
            <Money value={line.total} />
          </li>
        ))}
      </ul>
      {lines.length > shown.length && (
        <p className="text-sm text-faint">
          {t("journey.moreLines", { count: lines.length - shown.length })}
        </p>
      )}
    </div>
  );
}
