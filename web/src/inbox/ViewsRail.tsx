import { Link } from "@tanstack/react-router";
import PanelLeftClose from "lucide-react/icons/panel-left-close";
import type { ReactNode } from "react";
import { formatNumber } from "@/lib/format";
import { t } from "@/messages";
import { IconButton } from "@/ui/Button";
import { setViewsShown } from "./panes";
import { useCounts } from "./queries";
import { type ViewId, views } from "./views";

/** The ready-made selections with what waits in each. */
export function ViewsRail({ view }: { view: ViewId }): ReactNode {
  const counts = useCounts();
  return (
    <nav
      aria-label={t("inbox.views")}
      className="flex w-44 shrink-0 flex-col border-e bg-sunken max-lg:hidden"
    >
      <div className="flex h-11 items-center justify-between ps-4 pe-2">
        <span className="font-semibold">{t("inbox.views")}</span>
        <IconButton
          icon={PanelLeftClose}
          label={t("inbox.hideViews")}
          onClick={() => setViewsShown(false)}
          className="rtl:-scale-x-100"
        />
      </div>
      <ul className="flex flex-1 flex-col gap-px overflow-y-auto px-2">
        {views.map(({ id, label, icon: Icon }) => (
          <li key={id}>
            <Link
              to="/inbox/$view"
              params={{ view: id }}
              aria-current={id === view ? "page" : undefined}
              className="flex min-h-7 items-center gap-2 rounded-md px-2 text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text"
            >
              <Icon size={15} aria-hidden className="shrink-0" />
              <span className="flex-1 truncate">{t(label)}</span>
              <Count of={counts.data?.[id]} />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Counts stop at the server's cap: "100+". */
export function Count({ of }: { of: { count: number; more: boolean } | undefined }): ReactNode {
  if (!of || of.count === 0) return null;
  return (
    <span className="tabular text-sm text-faint">
      {formatNumber(of.count)}
      {of.more && "+"}
    </span>
  );
}
