import { Link } from "@tanstack/react-router";
import CircleCheck from "lucide-react/icons/circle-check";
import ClockAlert from "lucide-react/icons/clock-alert";
import Mail from "lucide-react/icons/mail";
import Phone from "lucide-react/icons/phone";
import Star from "lucide-react/icons/star";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { formatNumber } from "@/lib/format";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import { PriorityMark, StatusBadge } from "@/ui/marks";
import { Money, Time } from "@/ui/values";
import { countText, inboxFilter, shares, urgencyOf } from "./figures";
import type { Case, Contact, Item, Load, Receipt } from "./types";

/** A list of the dashboard: its name, the way to all of it, and its rows or why there are none. */
function Panel({
  title,
  more,
  empty,
  done = false,
  children,
}: {
  title: string;
  more?: ReactNode;
  /** Said when there are no rows. */
  empty: string;
  /** Having no rows is good news. */
  done?: boolean;
  children: readonly ReactNode[];
}): ReactNode {
  return (
    <section aria-label={title} className="border-b">
      <header className="flex min-h-10 items-center gap-3 px-4 pt-2">
        <h2 className="font-semibold">{title}</h2>
        <span className="ms-auto text-sm">{more}</span>
      </header>
      {children.length > 0 ? (
        <ul className="pb-2">{children}</ul>
      ) : (
        <p className="flex items-center gap-2 px-4 pt-1 pb-4 text-muted">
          {done && <CircleCheck size={15} aria-hidden className="shrink-0 text-success" />}
          {empty}
        </p>
      )}
    </section>
  );
}

const row =
  "flex min-h-8 items-center gap-3 px-4 py-1 outline-offset-[-2px] hover:bg-hover focus-visible:bg-hover";
const moreLook = "rounded-sm text-accent-text hover:underline";

/** Tickets that need somebody: who waits longest, or what is urgent. */
export function TicketsPanel({
  kind,
  rows,
}: {
  kind: "waiting" | "active";
  rows: readonly Case[];
}): ReactNode {
  const isWaiting = kind === "waiting";
  return (
    <Panel
      title={t(isWaiting ? "dashboard.waiting" : "dashboard.active")}
      empty={t(isWaiting ? "dashboard.waitingNone" : "dashboard.activeNone")}
      done
      more={
        <Link
          to="/inbox/$view"
          params={{ view: "open" }}
          search={isWaiting ? {} : { filter: inboxFilter("priority", "1", "2") }}
          className={moreLook}
        >
          {t("dashboard.all")}
          <span className="sr-only">
            : {t(isWaiting ? "dashboard.waiting" : "dashboard.active")}
          </span>
        </Link>
      }
    >
      {rows.map((ticket) => (
        <li key={ticket.id}>
          <Link
            to="/inbox/$view/$ticketId"
            params={{ view: "open", ticketId: ticket.id }}
            search={{}}
            className={row}
          >
            <PriorityMark priority={ticket.priority} />
            <StatusBadge status={ticket.status} iconOnly />
            <span className="min-w-0 flex-1 truncate">
              <span className="tabular text-faint">#{ticket.number}</span>{" "}
              <span dir="auto" className="font-medium">
                {ticket.title}
              </span>
            </span>
            <span className="w-32 truncate text-muted max-sm:hidden">
              <bdi>{ticket.customer?.name}</bdi>
            </span>
            {!ticket.assigneeId && (
              <span className="max-md:hidden">
                <Badge tone="warning">{t("ui.unassigned")}</Badge>
              </span>
            )}
            <span className="w-14 shrink-0 text-end">
              {ticket.waitingSince && <Wait since={ticket.waitingSince} />}
            </span>
          </Link>
        </li>
      ))}
    </Panel>
  );
}

/** How long a customer has been waiting. The mark says it too, not only its colour. */
function Wait({ since }: { since: string }): ReactNode {
  const urgency = urgencyOf(since, new Date());
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 font-medium",
        urgency === "fresh" && "text-muted",
        urgency === "long" && "text-warning",
        urgency === "tooLong" && "text-danger",
      )}
    >
      {urgency !== "fresh" && <ClockAlert size={13} aria-hidden />}
      <Time at={since} form="short" />
    </span>
  );
}

/** Open tickets per colleague as bars. */
export function LoadPanel({ rows, cap }: { rows: readonly Load[]; cap: number }): ReactNode {
  const lengths = shares(rows.map((r) => r.open));
  return (
    <Panel title={t("dashboard.load")} empty={t("dashboard.loadNone")}>
      {rows.map(({ user, available, open }, i) => (
        <li key={user.id}>
          <Link
            to="/inbox/$view"
            params={{ view: "open" }}
            search={{ filter: inboxFilter("assigneeId", user.id) }}
            className={row}
          >
            <Avatar name={user.name} size="small" />
            <span className="flex w-36 min-w-0 shrink-0 flex-col">
              <span className="truncate">
                <bdi>{user.name}</bdi>
              </span>
              {!available && <span className="text-xs text-faint">{t("dashboard.away")}</span>}
            </span>
            <span aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-neutral-tint">
              <span
                className={cx("block h-full rounded-full", available ? "bg-accent" : "bg-control")}
                style={{ inlineSize: `${lengths[i] ?? 0}%` }}
              />
            </span>
            <span className="tabular w-12 shrink-0 text-end font-medium">
              {countText(open, cap)}
              <span className="sr-only"> {t("dashboard.openTickets")}</span>
            </span>
          </Link>
        </li>
      ))}
    </Panel>
  );
}

export function OrdersPanel({ rows }: { rows: readonly Receipt[] }): ReactNode {
  return (
    <Panel
      title={t("dashboard.orders")}
      empty={t("dashboard.ordersNone")}
      more={
        <Link to="/orders" className={moreLook}>
          {t("dashboard.all")}
          <span className="sr-only">: {t("dashboard.orders")}</span>
        </Link>
      }
    >
      {rows.map((order) => (
        <li key={order.id}>
          <Link to="/orders/$orderId" params={{ orderId: order.id }} className={row}>
            <span className="tabular w-20 shrink-0 truncate font-medium">{order.number}</span>
            <span className="min-w-0 flex-1 truncate">
              {order.customer ? (
                <bdi>{order.customer.name}</bdi>
              ) : (
                <span className="text-faint">{t("dashboard.nobody")}</span>
              )}
            </span>
            <span className="max-md:hidden">
              <StatusBadge status={order.status} />
            </span>
            <Money value={order.total} className="w-24 text-end font-medium" />
            <Time at={order.placedAt} form="short" className="w-14 text-end text-muted" />
          </Link>
        </li>
      ))}
    </Panel>
  );
}

/** Products that need attention: nearly gone, or worth offering. */
export function ItemsPanel({
  kind,
  rows,
}: {
  kind: "lowStock" | "upsell";
  rows: readonly Item[];
}): ReactNode {
  return (
    <Panel
      title={t(`dashboard.${kind}`)}
      empty={t(`dashboard.${kind}None`)}
      more={
        <Link to="/products" className={moreLook}>
          {t("dashboard.all")}
          <span className="sr-only">: {t(`dashboard.${kind}`)}</span>
        </Link>
      }
    >
      {rows.map((item) => (
        <li key={item.id}>
          <Link to="/products/$productId" params={{ productId: item.id }} className={row}>
            <span className="min-w-0 flex-1 truncate" title={item.sku}>
              <bdi>{item.title}</bdi>
            </span>
            {kind === "upsell" && item.rating !== null && (
              <span className="tabular inline-flex items-center gap-1 text-muted">
                <Star size={12} aria-hidden />
                <span className="sr-only">{t("dashboard.rating")}</span>
                {formatNumber(item.rating)}
              </span>
            )}
            <Money value={item.price} className="w-20 text-end" />
            <span className="tabular w-20 shrink-0 text-end">
              <Stock left={item.inventory} />
            </span>
          </Link>
        </li>
      ))}
    </Panel>
  );
}

function Stock({ left }: { left: number | null }): ReactNode {
  if (left === null) return null;
  if (left <= 0) return <Badge tone="danger">{t("dashboard.soldOut")}</Badge>;
  return (
    <span className={left <= 5 ? "font-medium text-warning" : "text-muted"}>
      {t("dashboard.left", { count: left })}
    </span>
  );
}

/** Whom to call when it is serious. */
export function EscalationPanel({ rows }: { rows: readonly Contact[] }): ReactNode {
  return (
    <Panel
      title={t("dashboard.escalation")}
      empty={t("dashboard.escalationNone")}
      more={
        <Link to="/settings/escalation" className={moreLook}>
          {t("dashboard.sheet")}
        </Link>
      }
    >
      {rows.map((contact) => (
        <li key={contact.id} className="flex items-start gap-3 px-4 py-1.5">
          <Avatar name={contact.name} size="small" />
          <div className="min-w-0 flex-1">
            <p className="truncate">
              <bdi className="font-medium">{contact.name}</bdi>
              {contact.duty && (
                <span className="text-muted">
                  {" · "}
                  <bdi>{contact.duty}</bdi>
                </span>
              )}
            </p>
            {contact.note && (
              <p className="text-sm text-faint">
                <bdi>{contact.note}</bdi>
              </p>
            )}
          </div>
          <div className="flex shrink-0 flex-col items-end">
            {contact.phone && (
              <a
                href={`tel:${contact.phone.replace(/[^\d+*#]/g, "")}`}
                dir="ltr"
                className="tabular inline-flex min-h-6 items-center gap-1.5 hover:underline"
              >
                <Phone size={12} aria-hidden className="text-faint" />
                {contact.phone}
              </a>
            )}
            {contact.email && (
              <a
                href={`mailto:${contact.email}`}
                dir="ltr"
                className="inline-flex min-h-6 items-center gap-1.5 hover:underline"
              >
                <Mail size={12} aria-hidden className="text-faint" />
                {contact.email}
              </a>
            )}
          </div>
        </li>
      ))}
    </Panel>
  );
}
