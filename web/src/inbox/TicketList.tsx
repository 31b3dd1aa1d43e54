import { Link, useNavigate } from "@tanstack/react-router";
import ChevronDown from "lucide-react/icons/chevron-down";
import CircleCheck from "lucide-react/icons/circle-check";
import InboxIcon from "lucide-react/icons/inbox";
import PanelLeftClose from "lucide-react/icons/panel-left-close";
import PanelLeftOpen from "lucide-react/icons/panel-left-open";
import PenLine from "lucide-react/icons/pen-line";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { List } from "@/api/queries";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { cx } from "@/lib/cx";
import type { Filter, FilterField } from "@/lib/filters";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { SearchBox } from "@/records/SearchBox";
import { Button, IconButton } from "@/ui/Button";
import { LoadMore } from "@/ui/DataTable";
import { FilterBar } from "@/ui/FilterBar";
import { Menu, MenuItem } from "@/ui/Menu";
import { EmptyState, ListStates, Skeleton } from "@/ui/states";
import { BulkBar } from "./BulkBar";
import { FirstSteps } from "./FirstSteps";
import { setListShown, setViewsShown, viewsShown } from "./panes";
import { useCounts } from "./queries";
import { TicketRowItem } from "./TicketRowItem";
import type { TicketRow } from "./types";
import { Count } from "./ViewsRail";
import { type ViewId, viewOf, views } from "./views";

/** The tickets of a view. J and K walk, Enter opens, X selects. */
export function TicketList({
  list,
  view,
  opened,
  search,
  filters,
  fields,
  onSearch,
  onFilters,
  onNew,
}: {
  list: List<TicketRow>;
  view: ViewId;
  opened: string | undefined;
  search: string;
  filters: Filter[];
  fields: FilterField[];
  onSearch: (text: string) => void;
  onFilters: (filters: Filter[]) => void;
  onNew: () => void;
}): ReactNode {
  const can = useCan();
  const navigate = useNavigate();
  const showsViews = useStore(viewsShown);
  const [active, setActive] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLUListElement>(null);
  const at = active ?? opened ?? null;
  const { rows } = list;
  const isFiltered = search !== "" || filters.length > 0;
  useEffect(() => {
    setActive(opened ?? null);
  }, [opened]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected belongs to the view
  useEffect(() => {
    setSelected(new Set());
  }, [view]);

  const open = (id: string) =>
    void navigate({
      to: "/inbox/$view/$ticketId",
      params: { view, ticketId: id },
      search: true,
    });
  const move = (step: 1 | -1) => {
    const from = rows.findIndex((row) => row.id === at);
    const next = rows[from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step))];
    if (!next) return;
    setActive(next.id);
    box.current
      ?.querySelector(`[data-id="${CSS.escape(next.id)}"]`)
      ?.scrollIntoView({ block: "nearest" });
    // With a ticket open, walking the list reads on; without one it only points.
    if (opened) open(next.id);
    if (rows.indexOf(next) >= rows.length - 5) list.loadMore();
  };
  const toggle = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const group = t("shell.group.list");
  useCommands([
    {
      id: "inbox.next",
      label: t("shell.nextRow"),
      keys: "j",
      group,
      keysOnly: true,
      run: () => move(1),
    },
    {
      id: "inbox.down",
      label: t("shell.nextRow"),
      keys: "down",
      group,
      keysOnly: true,
      run: () => move(1),
    },
    {
      id: "inbox.previous",
      label: t("shell.previousRow"),
      keys: "k",
      group,
      keysOnly: true,
      run: () => move(-1),
    },
    {
      id: "inbox.up",
      label: t("shell.previousRow"),
      keys: "up",
      group,
      keysOnly: true,
      run: () => move(-1),
    },
    {
      id: "inbox.openRow",
      label: t("shell.openRow"),
      keys: "enter",
      group,
      keysOnly: true,
      run: () => at && open(at),
    },
    {
      id: "inbox.selectRow",
      label: t("shell.selectRow"),
      keys: "x",
      group,
      keysOnly: true,
      run: () => at && toggle(at, !selected.has(at)),
    },
    ...(selected.size > 0
      ? [
          {
            id: "inbox.unselect",
            label: t("inbox.unselect"),
            keys: "esc",
            group,
            keysOnly: true,
            run: () => setSelected(new Set()),
          },
        ]
      : []),
  ]);

  const chosen = rows.filter((row) => selected.has(row.id));
  return (
    <section
      aria-label={t("inbox.list")}
      className={cx(
        "flex w-full shrink-0 flex-col border-e md:w-80 xl:w-88",
        opened && "max-md:hidden",
      )}
    >
      <header className="screen-bar shrink-0 ps-3! pe-2!">
        {!showsViews && (
          <IconButton
            icon={PanelLeftOpen}
            label={t("inbox.showViews")}
            onClick={() => setViewsShown(true)}
            className="max-lg:hidden rtl:-scale-x-100"
          />
        )}
        <ViewTitle view={view} alone={!showsViews} isMain={!opened} />
        <div className="ms-auto flex items-center gap-1">
          {opened && (
            <IconButton
              icon={PanelLeftClose}
              label={t("inbox.hideList")}
              onClick={() => setListShown(false)}
              className="max-md:hidden rtl:-scale-x-100"
            />
          )}
          {can("tickets:create") && (
            <IconButton icon={PenLine} label={t("inbox.new")} keys="t" onClick={onNew} />
          )}
        </div>
      </header>
      <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-b px-3 py-2">
        {chosen.length > 0 ? (
          <BulkBar rows={chosen} onDone={() => setSelected(new Set())} />
        ) : (
          <>
            <div className="min-w-40 flex-1 [&>div]:w-full!">
              <SearchBox label={t("inbox.search")} value={search} onChange={onSearch} />
            </div>
            <FilterBar fields={fields} filters={filters} onChange={onFilters} />
          </>
        )}
      </div>
      <div aria-busy={list.isRefreshing} className="min-h-0 flex-1 overflow-y-auto">
        <ListStates
          list={list}
          isFiltered={isFiltered}
          onClearFilters={() => {
            onSearch("");
            onFilters([]);
          }}
          skeleton={<RowsSkeleton />}
          firstUse={<Nothing view={view} onNew={onNew} />}
        >
          <ul ref={box} aria-label={t(viewOf(view).label)}>
            {rows.map((row) => (
              <TicketRowItem
                key={row.id}
                row={row}
                view={view}
                isOpened={row.id === opened}
                isActive={row.id === at}
                isSelected={selected.has(row.id)}
                onSelect={(on) => toggle(row.id, on)}
              />
            ))}
          </ul>
          <LoadMore list={list} />
        </ListStates>
      </div>
    </section>
  );
}

/** The view's name; where the rail is not shown it is also the way to the others. */
function ViewTitle({
  view,
  alone,
  isMain,
}: {
  view: ViewId;
  /** There is no rail of views beside the list. */
  alone: boolean;
  /** No ticket is open whose title would be the page's heading. */
  isMain: boolean;
}): ReactNode {
  const Heading = isMain ? "h1" : "h2";
  const navigate = useNavigate();
  const counts = useCounts();
  const name = t(viewOf(view).label);
  return (
    <>
      <Heading
        className={cx("truncate text-md font-semibold", alone ? "sr-only" : "max-lg:sr-only")}
      >
        {name}
      </Heading>
      <div className={alone ? "" : "lg:hidden"}>
        <Menu
          trigger={
            <button
              type="button"
              className="-ms-1 flex min-h-7 items-center gap-1 rounded-md px-1 text-md font-semibold hover:bg-hover"
            >
              <span className="sr-only">{t("inbox.views")}:</span>
              {name}
              <Count of={counts.data?.[view]} />
              <ChevronDown size={14} aria-hidden className="text-muted" />
            </button>
          }
        >
          {views.map((one) => (
            <MenuItem
              key={one.id}
              icon={one.icon}
              onSelect={() => void navigate({ to: "/inbox/$view", params: { view: one.id } })}
            >
              <span className="flex items-center gap-2">
                {t(one.label)}
                <span className="ms-auto">
                  <Count of={counts.data?.[one.id]} />
                </span>
              </span>
            </MenuItem>
          ))}
        </Menu>
      </div>
    </>
  );
}

/** An empty view: for the queues that means the work is done. */
function Nothing({ view, onNew }: { view: ViewId; onNew: () => void }): ReactNode {
  const can = useCan();
  if (view === "all") {
    return (
      <>
        <EmptyState
          icon={InboxIcon}
          title={t("inbox.empty")}
          action={can("tickets:create") && <Button onClick={onNew}>{t("inbox.new")}</Button>}
        >
          {t("inbox.emptyHint")}
        </EmptyState>
        <FirstSteps />
      </>
    );
  }
  const isQueue = view === "mine" || view === "unassigned" || view === "open";
  return (
    <>
      <EmptyState
        live
        icon={isQueue ? CircleCheck : viewOf(view).icon}
        title={isQueue ? t("inbox.done") : t("inbox.viewEmpty")}
        action={
          view === "mine" && (
            <Link
              to="/inbox/$view"
              params={{ view: "unassigned" }}
              className="font-medium text-accent-text underline"
            >
              {t("inbox.seeUnassigned")}
            </Link>
          )
        }
      >
        {t(`inbox.viewEmpty.${view}`)}
      </EmptyState>
      <FirstSteps />
    </>
  );
}

const skeletonWidths = ["w-3/5", "w-4/5", "w-2/3", "w-1/2", "w-3/4", "w-3/5", "w-2/3", "w-4/5"];

function RowsSkeleton(): ReactNode {
  return (
    <div role="status">
      <span className="sr-only">{t("ui.loading")}</span>
      {skeletonWidths.map((width, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are alike
        <div key={i} className="flex gap-2.5 border-b px-3 py-3">
          <Skeleton className="size-7 shrink-0 rounded-full!" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="w-1/3" />
            <Skeleton className={width} />
            <Skeleton className="w-1/2" />
          </div>
        </div>
      ))}
    </div>
  );
}
