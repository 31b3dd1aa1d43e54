import ArrowDown from "lucide-react/icons/arrow-down";
import ArrowUp from "lucide-react/icons/arrow-up";
import Columns3 from "lucide-react/icons/columns-3";
import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from "react";
import type { List } from "@/api/queries";
import { useShortcut } from "@/commands/registry";
import { cx } from "@/lib/cx";
import { recall, remember } from "@/lib/storage";
import { t } from "@/messages";
import { Button } from "./Button";
import { Menu, MenuCheck, MenuLabel } from "./Menu";

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** The API's name to sort by; without it the header is plain text. */
  sort?: string;
  align?: "start" | "end";
  /** Tailwind width, such as "w-40". The first column without one takes the rest. */
  width?: string;
  /** Shown only when there is room: from 768 px (md) or 1024 px (lg) on. */
  from?: "md" | "lg";
  /** Starts hidden; people can switch it on. */
  hidden?: boolean;
}

export interface Selection {
  ids: ReadonlySet<string>;
  set: (ids: ReadonlySet<string>) => void;
}

const fromClass = { md: "max-md:hidden", lg: "max-lg:hidden" };

/**
 * Which columns are shown, remembered in this browser under `name`.
 * The answer goes to DataTable and to ColumnChooser.
 */
export function useColumns<T>(name: string, columns: readonly Column<T>[]) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => {
    const kept = recall(`columns.${name}`);
    return new Set(
      kept === null
        ? columns.filter((c) => c.hidden).map((c) => c.id)
        : kept.split(",").filter(Boolean),
    );
  });
  return {
    all: columns,
    shown: columns.filter((c) => !hidden.has(c.id)),
    toggle(id: string, on: boolean) {
      const next = new Set(hidden);
      if (on) next.delete(id);
      else next.add(id);
      remember(`columns.${name}`, [...next].join(","));
      setHidden(next);
    },
  };
}

export function ColumnChooser<T>({
  columns,
}: {
  columns: ReturnType<typeof useColumns<T>>;
}): ReactNode {
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t("ui.columns")}
          title={t("ui.columns")}
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
        >
          <Columns3 size={16} aria-hidden />
        </button>
      }
    >
      <MenuLabel>{t("ui.columns")}</MenuLabel>
      {columns.all.slice(1).map((column) => (
        <MenuCheck
          key={column.id}
          checked={columns.shown.includes(column)}
          onChange={(on) => columns.toggle(column.id, on)}
        >
          {column.header}
        </MenuCheck>
      ))}
    </Menu>
  );
}

/**
 * A dense list of a keyset-paged resource. J and K move, Enter opens, X selects;
 * further rows load as the end comes near. The first column should hold a link
 * to the row's page, so that it opens in a new tab like any link.
 */
export function DataTable<T extends { id: string }>({
  label,
  list,
  columns,
  onOpen,
  sort,
  onSort,
  selection,
}: {
  label: string;
  list: List<T>;
  columns: readonly Column<T>[];
  onOpen?: (row: T) => void;
  /** "-createdAt": newest first, as the API writes it. */
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  selection?: Selection;
}): ReactNode {
  const body = useRef<HTMLTableSectionElement>(null);
  const [active, setActive] = useState(0);
  const { rows } = list;
  const at = Math.min(active, Math.max(0, rows.length - 1));

  const move = (step: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + step));
    setActive(next);
    const row = body.current?.children[next];
    if (row instanceof HTMLElement) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    if (next >= rows.length - 5) list.loadMore();
  };
  const toggle = (row: T | undefined) => {
    if (!row || !selection) return;
    const next = new Set(selection.ids);
    if (!next.delete(row.id)) next.add(row.id);
    selection.set(next);
  };
  const group = t("shell.group.list");
  useShortcut("j", t("shell.nextRow"), () => move(focusIsInside(body.current) ? 1 : 0), { group });
  useShortcut("k", t("shell.previousRow"), () => move(focusIsInside(body.current) ? -1 : 0), {
    group,
  });
  const open = () => {
    const row = rows[at];
    if (row) onOpen?.(row);
  };
  useShortcut("enter", t("shell.openRow"), open, { group, enabled: onOpen !== undefined });
  useShortcut("x", t("shell.selectRow"), () => toggle(rows[at]), {
    group,
    enabled: selection !== undefined,
  });

  const allSelected = rows.length > 0 && rows.every((r) => selection?.ids.has(r.id));
  return (
    <>
      <table
        aria-label={label}
        aria-busy={list.isRefreshing}
        style={roomFor(columns, selection !== undefined)}
        className="w-full min-w-(--room) table-fixed border-collapse md:min-w-(--room-md) lg:min-w-(--room-lg)"
      >
        <thead className="sticky top-0 z-10 bg-bg">
          <tr className="h-8 shadow-[inset_0_-1px_0_var(--line)]">
            {selection && (
              <th scope="col" className="w-9 ps-4">
                <input
                  type="checkbox"
                  aria-label={t("ui.selectAll")}
                  checked={allSelected}
                  ref={(box) => {
                    if (box) box.indeterminate = !allSelected && selection.ids.size > 0;
                  }}
                  onChange={() =>
                    selection.set(allSelected ? new Set() : new Set(rows.map((r) => r.id)))
                  }
                  className="block size-4 accent-accent"
                />
              </th>
            )}
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, i) => {
            const selected = selection?.ids.has(row.id) ?? false;
            return (
              <tr
                key={row.id}
                tabIndex={i === at ? 0 : -1}
                aria-selected={selection ? selected : undefined}
                onFocus={() => setActive(i)}
                onClick={(event) => {
                  if (isControl(event.target)) return;
                  onOpen?.(row);
                }}
                className={cx(
                  "h-9 border-b border-line/60 outline-offset-[-2px]",
                  onOpen && "cursor-pointer",
                  selected ? "bg-selected" : "hover:bg-hover",
                )}
              >
                {selection && (
                  <td className="ps-4">
                    <input
                      type="checkbox"
                      aria-label={t("ui.selectRow")}
                      checked={selected}
                      tabIndex={-1}
                      onChange={() => toggle(row)}
                      className="block size-4 accent-accent"
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={cx(
                      "truncate px-2 first:ps-4 last:pe-4",
                      column.align === "end" && "text-end",
                      column.from && fromClass[column.from],
                    )}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <LoadMore list={list} />
    </>
  );
}

/** What the column that takes the rest always keeps (in Tailwind's 0.25rem, as the widths are). */
const restWidth = 36;

/** How wide the columns are together at each breakpoint: a table with less room scrolls sideways. */
function roomFor<T>(columns: readonly Column<T>[], selectable: boolean): CSSProperties {
  const room = (shown: readonly Column<T>[]) => {
    const widths = shown.map((c) => Number(c.width?.match(/^w-(\d+)$/)?.[1] ?? restWidth));
    return `${(widths.reduce((sum, w) => sum + w, 0) + (selectable ? 9 : 0)) / 4}rem`;
  };
  return {
    "--room": room(columns.filter((c) => !c.from)),
    "--room-md": room(columns.filter((c) => c.from !== "lg")),
    "--room-lg": room(columns),
  } as CSSProperties;
}

function HeaderCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
}): ReactNode {
  const direction =
    column.sort === undefined
      ? undefined
      : sort === column.sort
        ? "ascending"
        : sort === `-${column.sort}`
          ? "descending"
          : undefined;
  const Arrow = direction === "ascending" ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={cx(
        "truncate px-2 text-sm font-medium text-muted first:ps-4 last:pe-4",
        column.align === "end" ? "text-end" : "text-start",
        column.width,
        column.from && fromClass[column.from],
      )}
    >
      {column.sort && onSort ? (
        <button
          type="button"
          title={t("ui.sortBy", { column: column.header })}
          onClick={() => onSort(direction === "descending" ? `${column.sort}` : `-${column.sort}`)}
          className={cx(
            "inline-flex min-h-6 items-center gap-1 rounded-sm font-medium hover:text-text",
            direction && "text-text",
          )}
        >
          {column.header}
          <Arrow size={12} aria-hidden className={direction ? "" : "opacity-0"} />
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}

/** Loads on as its place scrolls near; a button for those who do not scroll. */
export function LoadMore({ list }: { list: List<unknown> }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const load = useRef(list.loadMore);
  useEffect(() => {
    load.current = list.loadMore;
  });
  const { hasMore } = list;
  useEffect(() => {
    const element = place.current;
    if (!element || !hasMore) return;
    const watcher = new IntersectionObserver(
      (seen) => {
        if (seen.some((s) => s.isIntersecting)) load.current();
      },
      { rootMargin: "600px" },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [hasMore]);
  if (!hasMore) return null;
  return (
    <div ref={place} className="flex justify-center py-3">
      <Button look="quiet" busy={list.isLoadingMore} onClick={list.loadMore}>
        {t("ui.loadMore")}
      </Button>
    </div>
  );
}

/** The bar that acts on selected rows; takes the place of the filters while there are any. */
export function SelectionBar({
  selection,
  children,
}: {
  selection: Selection;
  children: ReactNode;
}): ReactNode {
  if (selection.ids.size === 0) return null;
  return (
    <div
      role="toolbar"
      aria-label={t("ui.selected", { count: selection.ids.size })}
      className="flex flex-wrap items-center gap-2"
    >
      <span className="tabular font-medium">{t("ui.selected", { count: selection.ids.size })}</span>
      {children}
      <Button look="quiet" size="small" onClick={() => selection.set(new Set())}>
        {t("ui.cancel")}
      </Button>
    </div>
  );
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button, input, label, select") !== null;
}

function focusIsInside(element: Element | null): boolean {
  return element?.contains(document.activeElement) ?? false;
}
