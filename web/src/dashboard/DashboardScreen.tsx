import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import LayoutDashboard from "lucide-react/icons/layout-dashboard";
import Lock from "lucide-react/icons/lock";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { call } from "@/records/wire";
import { Screen } from "@/ui/Screen";
import { EmptyState, FailedState, Skeleton } from "@/ui/states";
import { Figures } from "./Figures";
import { isUntouched } from "./figures";
import { dashboardKey } from "./live";
import { EscalationPanel, ItemsPanel, LoadPanel, OrdersPanel, TicketsPanel } from "./panels";
import type { Dashboard } from "./types";

/** The state of the workspace at a glance. Every figure leads to what it counts. */
export function DashboardScreen(): ReactNode {
  const can = useCan();
  return (
    <Screen title={t("dashboard.title")}>
      {can("dashboard:read") ? (
        <Overview />
      ) : (
        <EmptyState icon={Lock} title={t("dashboard.forbidden")}>
          {t("dashboard.forbiddenHint")}
        </EmptyState>
      )}
    </Screen>
  );
}

function Overview(): ReactNode {
  const can = useCan();
  const query = useQuery({
    queryKey: dashboardKey,
    queryFn: ({ signal }) => call<Dashboard>("GET", "/dashboard", { signal }),
  });
  const { data } = query;
  if (!data) {
    if (query.error) {
      return <FailedState error={query.error} onRetry={() => void query.refetch()} />;
    }
    return <Waiting />;
  }
  if (isUntouched(data)) return <FirstUse />;
  const seesTickets = can("tickets:read_all");
  return (
    <div aria-busy={query.isFetching}>
      {seesTickets && <Figures data={data} />}
      <div className="grid lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col lg:border-e">
          {seesTickets && (
            <>
              <TicketsPanel kind="waiting" rows={data.waiting} />
              <TicketsPanel kind="active" rows={data.activeIssues} />
            </>
          )}
          {can("orders:read") && <OrdersPanel rows={data.recentOrders} />}
        </div>
        <div className="flex min-w-0 flex-col">
          {seesTickets && <LoadPanel rows={data.load} cap={data.tickets.cap} />}
          {can("products:read") && (
            <>
              <ItemsPanel kind="lowStock" rows={data.lowStock} />
              <ItemsPanel kind="upsell" rows={data.upsell} />
            </>
          )}
          <EscalationPanel rows={data.escalation} />
        </div>
      </div>
    </div>
  );
}

function FirstUse(): ReactNode {
  return (
    <EmptyState
      icon={LayoutDashboard}
      title={t("dashboard.firstUse")}
      action={
        <Link
          to="/inbox"
          className="inline-flex min-h-7 items-center rounded-md bg-accent px-2.5 font-medium text-on-accent hover:bg-accent-hover"
        >
          {t("dashboard.toInbox")}
        </Link>
      }
    >
      {t("dashboard.firstUseHint")}
    </EmptyState>
  );
}

/** The dashboard's own shape in grey, until it has arrived. */
function Waiting(): ReactNode {
  return (
    <div role="status">
      <span className="sr-only">{t("ui.loading")}</span>
      <div className="grid grid-cols-2 border-b sm:grid-cols-4 xl:grid-cols-7">
        {["a", "b", "c", "d", "e", "f", "g"].map((key) => (
          <div key={key} className="flex flex-col gap-2 px-4 py-3">
            <Skeleton className="w-16" />
            <Skeleton className="h-6 w-10" />
          </div>
        ))}
      </div>
      <div className="grid lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {["a", "b"].map((column) => (
          <div key={column} className="flex flex-col gap-4 px-4 py-4 first:lg:border-e">
            {["a", "b", "c", "d", "e", "f", "g", "h"].map((row) => (
              <div key={row} className="flex gap-4">
                <Skeleton className="w-1/2" />
                <Skeleton className="ms-auto w-12" />
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
