import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { type MessageKey, t } from "@/messages";
import { Time } from "@/ui/values";
import { countText, inboxFilter } from "./figures";
import type { Dashboard } from "./types";

interface Figure {
  id: string;
  label: Extract<MessageKey, `dashboard.figure.${string}`>;
  value: ReactNode;
  view: string;
  ticketId?: string;
  filter?: string | undefined;
  /** A number above nothing that somebody should act on. */
  presses?: boolean;
}

function figuresOf({ tickets, waiting }: Dashboard): Figure[] {
  const { cap } = tickets;
  const text = (count: number) => countText(count, cap);
  const longest = waiting[0];
  return [
    {
      id: "unassigned",
      label: "dashboard.figure.unassigned",
      value: text(tickets.unassigned),
      view: "unassigned",
      presses: tickets.unassigned > 0,
    },
    {
      id: "urgent",
      label: "dashboard.figure.urgent",
      value: text(tickets.urgent),
      view: "open",
      filter: inboxFilter("priority", "1", "2"),
      presses: tickets.urgent > 0,
    },
    {
      id: "longest",
      label: "dashboard.figure.longest",
      value: longest?.waitingSince ? <Time at={longest.waitingSince} form="short" /> : "–",
      view: "open",
      ...(longest ? { ticketId: longest.id } : {}),
    },
    {
      id: "open",
      label: "dashboard.figure.open",
      value: text(tickets.open),
      view: "open",
      filter: inboxFilter("status", "open"),
    },
    {
      id: "pending",
      label: "dashboard.figure.pending",
      value: text(tickets.pending),
      view: "open",
      filter: inboxFilter("status", "pending"),
    },
    {
      id: "blocked",
      label: "dashboard.figure.blocked",
      value: text(tickets.blocked),
      view: "open",
      filter: inboxFilter("status", "blocked"),
    },
    {
      id: "mine",
      label: "dashboard.figure.mine",
      value: text(tickets.mine),
      view: "mine",
    },
  ];
}

/** The numbers at the top. Each opens the tickets that it counts. */
export function Figures({ data }: { data: Dashboard }): ReactNode {
  return (
    <section aria-label={t("dashboard.figures")} className="border-b">
      <ul className="grid grid-cols-2 sm:grid-cols-4 xl:grid-cols-7">
        {figuresOf(data).map((figure) => (
          <li key={figure.id} className="flex">
            <FigureLink figure={figure} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function FigureLink({ figure }: { figure: Figure }): ReactNode {
  const look =
    "flex flex-1 flex-col gap-0.5 px-4 py-3 outline-offset-[-2px] hover:bg-hover focus-visible:bg-hover";
  const content = (
    <>
      <span className="text-sm text-muted">{t(figure.label)}</span>
      <span
        className={cx(
          "tabular text-xl font-semibold tracking-tight",
          figure.presses && "text-danger",
        )}
      >
        {figure.value}
      </span>
    </>
  );
  if (figure.ticketId) {
    return (
      <Link
        to="/inbox/$view/$ticketId"
        params={{ view: figure.view, ticketId: figure.ticketId }}
        search={{}}
        className={look}
      >
        {content}
      </Link>
    );
  }
  return (
    <Link
      to="/inbox/$view"
      params={{ view: figure.view }}
      search={{ filter: figure.filter }}
      className={look}
    >
      {content}
    </Link>
  );
}
