import { Link } from "@tanstack/react-router";
import ChevronDown from "lucide-react/icons/chevron-down";
import Route from "lucide-react/icons/route";
import { type ReactNode, useId, useMemo, useState } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { useCan } from "@/api/session";
import { cx } from "@/lib/cx";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import { fetchPage } from "@/records/wire";
import type { Tone } from "@/ui/Badge";
import { LoadMore } from "@/ui/DataTable";
import { channelName } from "@/ui/marks";
import { EmptyState, ListStates, Skeleton } from "@/ui/states";
import { Money } from "@/ui/values";
import { type Description, describe } from "./describe";
import { JourneyOrder } from "./JourneyOrder";
import {
  foldJourney,
  type JourneyEntry,
  type JourneyGroup,
  journeyGroups,
  localDay,
  moneyOf,
  subjectOf,
  textOf,
} from "./journey";
import type { JourneyEvent } from "./types";

/**
 * Everything that happened between a customer and the brand on one line, newest
 * first. Compact is for a narrow panel beside something else.
 */
export function Journey({
  customerId,
  compact = false,
}: {
  customerId: string;
  compact?: boolean;
}): ReactNode {
  const [groups, setGroups] = useState<readonly JourneyGroup[]>([]);
  const list = useList<JourneyEvent>(
    keys.part("customers", customerId, "journey", { groups }),
    (cursor, signal) =>
      fetchPage(
        `/customers/${customerId}/journey`,
        { limit: compact ? "25" : "50", ...(groups.length > 0 ? { kind: [...groups] } : {}) },
        cursor,
        signal,
      ),
  );
  const days = useMemo(() => foldJourney(list.rows), [list.rows]);
  return (
    <section aria-label={t("journey.title")} className={compact ? "" : "mx-auto max-w-3xl px-4"}>
      <GroupChips chosen={groups} onChange={setGroups} compact={compact} />
      <ListStates
        list={list}
        isFiltered={groups.length > 0}
        onClearFilters={() => setGroups([])}
        skeleton={<JourneySkeleton />}
        firstUse={
          <EmptyState icon={Route} title={t("journey.empty")}>
            {t("journey.emptyHint")}
          </EmptyState>
        }
      >
        <div aria-busy={list.isRefreshing} className={compact ? "pb-2" : "pb-8"}>
          {days.map(({ day, entries }) => (
            <section key={day} aria-label={dayName(day)}>
              <h2 className="sticky top-0 z-[2] bg-bg py-1.5 ps-10 text-sm font-medium text-muted before:absolute before:inset-y-0 before:start-3.25 before:border-s before:border-line-strong">
                <time dateTime={day}>{dayName(day)}</time>
              </h2>
              <ol className="relative">
                {/* The one line that everything hangs on. */}
                <span
                  aria-hidden
                  className="absolute inset-y-0 start-3.25 border-s border-line-strong"
                />
                {entries.map((entry) => (
                  <Entry key={entry.id} entry={entry} compact={compact} />
                ))}
              </ol>
            </section>
          ))}
        </div>
        <LoadMore list={list} />
      </ListStates>
    </section>
  );
}

function GroupChips({
  chosen,
  onChange,
  compact,
}: {
  chosen: readonly JourneyGroup[];
  onChange: (groups: readonly JourneyGroup[]) => void;
  compact: boolean;
}): ReactNode {
  const chip =
    "min-h-6 rounded-full border px-2.5 text-sm text-muted hover:bg-hover hover:text-text aria-pressed:border-accent aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-accent-text";
  return (
    <fieldset className={cx("flex flex-wrap gap-1.5", compact ? "pb-1" : "pt-3 pb-1")}>
      <legend className="sr-only">{t("journey.filter")}</legend>
      <button
        type="button"
        aria-pressed={chosen.length === 0}
        onClick={() => onChange([])}
        className={chip}
      >
        {t("journey.all")}
      </button>
      {journeyGroups.map((group) => (
        <button
          key={group}
          type="button"
          aria-pressed={chosen.includes(group)}
          onClick={() =>
            onChange(
              chosen.includes(group) ? chosen.filter((g) => g !== group) : [...chosen, group],
            )
          }
          className={chip}
        >
          {t(`journey.group.${group}`)}
        </button>
      ))}
    </fieldset>
  );
}

const marks: Record<Tone, string> = {
  neutral: "bg-neutral-tint text-neutral",
  info: "bg-info-tint text-info",
  success: "bg-success-tint text-success",
  warning: "bg-warning-tint text-warning",
  danger: "bg-danger-tint text-danger",
  accent: "bg-selected text-accent-text",
};

function Entry({ entry, compact }: { entry: JourneyEntry; compact: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  const id = useId();
  const can = useCan();
  const { head, rest } = entry;
  const told = describe(head);
  const money = moneyOf(head);
  const [subject, subjectId = ""] = subjectOf(head).split(":");
  const showsOrder = subject === "order" && head.kind === "order.placed" && can("orders:read");
  const hasLongDetail = (told.detail?.length ?? 0) > 90;
  const canOpen = rest.length > 0 || showsOrder || hasLongDetail;
  const Icon = told.icon;
  return (
    <li className="relative flex gap-3 py-1.5 pe-1">
      <span
        aria-hidden
        className={cx(
          "z-[1] flex size-7 shrink-0 items-center justify-center rounded-full ring-2 ring-bg",
          marks[told.tone],
        )}
      >
        <Icon size={14} />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <Title told={told} />
          <time dateTime={head.occurredAt} className="tabular shrink-0 text-sm text-faint">
            {clock(head.occurredAt)}
          </time>
          {money && (
            <span className="ms-auto ps-2">
              <Money
                value={money}
                className={cx("font-medium", money.amount < 0 && "text-warning")}
              />
            </span>
          )}
        </div>
        {told.detail && (
          <p className={cx("text-muted", open ? "whitespace-pre-line" : "line-clamp-2")}>
            <span dir="auto">{told.detail}</span>
          </p>
        )}
        <div className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
          <Source event={head} />
          {canOpen && (
            <button
              type="button"
              aria-expanded={open}
              aria-controls={id}
              onClick={() => setOpen(!open)}
              className="inline-flex min-h-6 items-center gap-0.5 rounded-sm px-1 text-muted hover:text-text"
            >
              {open
                ? t("journey.less")
                : rest.length > 0
                  ? t("journey.more", { count: rest.length })
                  : t("journey.details")}
              <ChevronDown
                size={13}
                aria-hidden
                className={cx("transition-transform", open && "rotate-180")}
              />
            </button>
          )}
        </div>
        <div id={id}>
          {open && showsOrder && <JourneyOrder id={subjectId} compact={compact} />}
          {open && rest.length > 0 && (
            <ol className="mt-1 flex flex-col gap-1 border-s ps-3">
              {rest.map((event) => (
                <FoldedEvent key={event.id} event={event} />
              ))}
            </ol>
          )}
        </div>
      </div>
    </li>
  );
}

function Title({ told }: { told: Description }): ReactNode {
  if (!told.to) return <span className="min-w-0 font-medium">{told.title}</span>;
  return (
    <Link to={told.to} className="min-w-0 font-medium hover:underline">
      {told.title}
    </Link>
  );
}

function FoldedEvent({ event }: { event: JourneyEvent }): ReactNode {
  const told = describe(event);
  const money = moneyOf(event);
  return (
    <li>
      <div className="flex items-baseline gap-2">
        <span className="min-w-0">{told.title}</span>
        <time dateTime={event.occurredAt} className="tabular shrink-0 text-sm text-faint">
          {clock(event.occurredAt)}
        </time>
        {money && (
          <span className="ms-auto ps-2">
            <Money value={money} />
          </span>
        )}
      </div>
      {told.detail && (
        <p className="text-sm whitespace-pre-line text-muted">
          <span dir="auto">{told.detail}</span>
        </p>
      )}
      <div className="text-sm text-faint">
        <Source event={event} />
      </div>
    </li>
  );
}

/** Who did it and how it came in. */
function Source({ event }: { event: JourneyEvent }): ReactNode {
  const channel = textOf(event, "channel");
  const who =
    event.actor.name ||
    (event.actor.kind === "customer"
      ? t("journey.byCustomer")
      : event.actor.kind === "import"
        ? t("journey.byImport")
        : "");
  const parts = [who, channel && channelName(channel)].filter(Boolean);
  return parts.length > 0 ? <span dir="auto">{parts.join(" · ")}</span> : null;
}

function JourneySkeleton(): ReactNode {
  return (
    <div role="status" className="flex flex-col gap-4 py-3">
      <span className="sr-only">{t("ui.loading")}</span>
      {["w-2/5", "w-3/5", "w-1/2", "w-1/3", "w-2/3"].map((width) => (
        <div key={width} className="flex items-center gap-3">
          <Skeleton className="size-7 rounded-full" />
          <Skeleton className={width} />
          <Skeleton className="ms-auto w-12" />
        </div>
      ))}
    </div>
  );
}

function clock(at: string): string {
  return new Intl.DateTimeFormat(formatLocale(), { timeStyle: "short" }).format(new Date(at));
}

/** "Today", "Yesterday", then the date with its year when that is not this one. */
function dayName(day: string): string {
  const now = new Date();
  if (day === localDay(now.toISOString())) return t("journey.today");
  if (day === localDay(new Date(now.getTime() - 86_400_000).toISOString())) {
    return t("journey.yesterday");
  }
  const date = new Date(`${day}T12:00`);
  return new Intl.DateTimeFormat(formatLocale(), {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(date);
}
