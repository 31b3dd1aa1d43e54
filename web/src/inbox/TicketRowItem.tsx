import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { ChannelIcon, PriorityMark, StatusBadge } from "@/ui/marks";
import { Time } from "@/ui/values";
import { statusName } from "./names";
import { TagDot } from "./TagsEditor";
import type { Tag, TicketRow } from "./types";
import type { ViewId } from "./views";

/** A ticket in three short lines: who and when, what about, and how it stands. */
export function TicketRowItem({
  row,
  view,
  isOpened,
  isActive,
  isSelected,
  onSelect,
}: {
  row: TicketRow;
  view: ViewId;
  isOpened: boolean;
  isActive: boolean;
  isSelected: boolean;
  onSelect: (on: boolean) => void;
}): ReactNode {
  const who = row.customer?.name ?? t("inbox.nobody");
  return (
    <li
      data-id={row.id}
      className={cx(
        "group relative border-b [contain-intrinsic-size:auto_5rem] [content-visibility:auto]",
        isOpened ? "bg-selected" : isSelected ? "bg-hover" : "hover:bg-hover",
      )}
    >
      {isActive && <span aria-hidden className="absolute inset-y-0 start-0 w-0.5 bg-accent" />}
      <div className="absolute start-3 top-2.5 z-10 flex size-7 items-center justify-center">
        <input
          type="checkbox"
          aria-label={t("inbox.select", { number: `#${row.number}` })}
          checked={isSelected}
          tabIndex={-1}
          onChange={(event) => onSelect(event.target.checked)}
          className={cx(
            "peer size-4 accent-accent",
            !isSelected && "opacity-0 group-hover:opacity-100 focus-visible:opacity-100",
          )}
        />
        <span
          aria-hidden
          className={cx(
            "pointer-events-none absolute inset-0 flex items-center justify-center peer-focus-visible:opacity-0",
            isSelected ? "opacity-0" : "group-hover:opacity-0",
          )}
        >
          <Avatar name={who} />
        </span>
      </div>
      <Link
        to="/inbox/$view/$ticketId"
        params={{ view, ticketId: row.id }}
        search={true}
        aria-current={isOpened ? "true" : undefined}
        className="flex flex-col gap-0.5 py-2 ps-12 pe-3 outline-offset-[-2px]"
      >
        <span className="flex items-center gap-2">
          <span dir="auto" className={cx("truncate", row.unread ? "font-semibold" : "text-muted")}>
            {who}
          </span>
          {row.unread && (
            <span className="inline-flex size-2 shrink-0 rounded-full bg-accent">
              <span className="sr-only">{t("inbox.unread")}</span>
            </span>
          )}
          <span className="ms-auto flex shrink-0 items-center gap-1.5 text-sm text-faint">
            <ChannelIcon channel={row.channel} />
            <Time at={row.lastMessageAt} form="short" />
          </span>
        </span>
        <span className="flex items-center gap-2">
          <span dir="auto" className={cx("min-w-0 flex-1 truncate", row.unread && "font-medium")}>
            {row.title}
          </span>
          <RowTags tags={row.tags} />
        </span>
        <span className="flex items-center gap-2 text-sm text-muted">
          <StatusBadge status={row.status} label={statusName(row.status)} iconOnly />
          <span dir="auto" className="min-w-0 flex-1 truncate">
            {row.lastAuthorKind === "user" && `${t("inbox.replied")} `}
            {row.preview}
          </span>
          {row.priority !== 3 && <PriorityMark priority={row.priority} />}
          {row.assignee && <Avatar name={row.assignee.name} size="small" named />}
        </span>
      </Link>
    </li>
  );
}

/** The first tag by name, how many more there are, and all of them on hover. */
function RowTags({ tags }: { tags: readonly Tag[] }): ReactNode {
  const [first] = tags;
  if (!first) return null;
  return (
    <span
      title={tags.map((tag) => tag.name).join(", ")}
      className="inline-flex max-w-28 shrink-0 items-center gap-1 rounded-sm border bg-bg px-1 text-xs text-muted"
    >
      <TagDot colour={first.colour} />
      <span dir="auto" className="truncate">
        {first.name}
      </span>
      {tags.length > 1 && <span>+{tags.length - 1}</span>}
    </span>
  );
}
