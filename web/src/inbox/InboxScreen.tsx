import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import MessagesSquare from "lucide-react/icons/messages-square";
import { lazy, type ReactNode, Suspense, useEffect, useMemo } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { cx } from "@/lib/cx";
import { decodeFilters, encodeFilters, type Filter, filterParams } from "@/lib/filters";
import { useStore } from "@/lib/store";
import { useTitle } from "@/lib/title";
import { t } from "@/messages";
import { Kbd } from "@/ui/Kbd";
import { EmptyState } from "@/ui/states";
import { neighbour } from "./cache";
import { useTicketFilterFields } from "./filters";
import { HeldBar } from "./HeldBar";
import { listShown, viewsShown } from "./panes";
import { useTickets } from "./queries";
import type { InboxSearch } from "./routes";
import { TicketList } from "./TicketList";
import { TicketPane } from "./TicketPane";
import { ViewsRail } from "./ViewsRail";
import { keepView, placeOf, viewOf, views } from "./views";

const NewTicket = lazy(() => import("./NewTicket"));

/** Views, list, thread and customer, side by side; on a phone one at a time. */
export function InboxScreen(): ReactNode {
  const params = useParams({ strict: false });
  const search = useSearch({ strict: false }) as InboxSearch;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const can = useCan();
  const { view, ticketId } = placeOf(params);
  const showsViews = useStore(viewsShown);
  const showsList = useStore(listShown);
  const { fields, isSettled } = useTicketFilterFields();
  const filters = useMemo(() => decodeFilters(search.filter, fields), [search.filter, fields]);
  const list = useTickets(
    { view, q: search.q, filters: filterParams(filters, fields) },
    // Filters by custom fields are understood only once the fields are known.
    !search.filter || isSettled,
  );
  useTitle(t(viewOf(view).label));
  useEffect(() => {
    keepView(view);
  }, [view]);

  const go = (id: string | undefined, next: InboxSearch = search, replace = false) => {
    if (!id) void navigate({ to: "/inbox/$view", params: { view }, search: next, replace });
    else {
      void navigate({
        to: "/inbox/$view/$ticketId",
        params: { view, ticketId: id },
        search: next,
        replace,
      });
    }
  };
  const change = (next: Partial<InboxSearch>) => go(ticketId, { ...search, ...next }, true);
  const openNew = () => change({ new: 1 });
  const group = t("inbox.group");
  useCommands([
    ...(can("tickets:create")
      ? [{ id: "inbox.new", label: t("inbox.new"), keys: "t", group, run: openNew }]
      : []),
    ...views.map((one) => ({
      id: `inbox.view.${one.id}`,
      label: t("shell.goTo", { place: t(one.label) }),
      group: t("shell.group.go"),
      icon: one.icon,
      run: () => void navigate({ to: "/inbox/$view", params: { view: one.id } }),
    })),
  ]);

  return (
    <div className="relative flex h-full min-h-0 overflow-hidden">
      {showsViews && <ViewsRail view={view} />}
      <div className={cx("contents", !showsList && ticketId && "md:hidden")}>
        <TicketList
          list={list}
          view={view}
          opened={ticketId}
          search={search.q ?? ""}
          filters={filters}
          fields={fields}
          onSearch={(q) => change({ q: q || undefined })}
          onFilters={(next: Filter[]) => change({ filter: encodeFilters(next) })}
          onNew={openNew}
        />
      </div>
      {ticketId ? (
        <TicketPane
          id={ticketId}
          onBack={() => go(undefined)}
          onDone={() => go(neighbour(list.rows, ticketId))}
        />
      ) : (
        <div className="relative flex min-w-0 flex-1 flex-col justify-center bg-sunken max-md:hidden">
          <EmptyState icon={MessagesSquare} title={t("inbox.pick")}>
            <p>{t("inbox.pickHint")}</p>
            <p className="mt-3 flex items-center justify-center gap-3 text-sm">
              <span className="inline-flex items-center gap-1">
                <Kbd keys="j" /> <Kbd keys="k" /> {t("inbox.keysMove")}
              </span>
              <span className="inline-flex items-center gap-1">
                <Kbd keys="enter" /> {t("inbox.keysOpen")}
              </span>
              <span className="inline-flex items-center gap-1">
                <Kbd keys="?" /> {t("inbox.keysAll")}
              </span>
            </p>
          </EmptyState>
          <div className="absolute inset-x-0 bottom-0">
            <HeldBar />
          </div>
        </div>
      )}
      {search.new === 1 && (
        <Suspense>
          <NewTicket
            customerId={search.customerId}
            onClose={() => change({ new: undefined, customerId: undefined })}
            onCreated={(id) => {
              void queries.invalidateQueries({ queryKey: keys.lists("tickets") });
              void navigate({
                to: "/inbox/$view/$ticketId",
                params: { view: "open", ticketId: id },
              });
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
