import { Link } from "@tanstack/react-router";
import ChevronRight from "lucide-react/icons/chevron-right";
import Mail from "lucide-react/icons/mail";
import Phone from "lucide-react/icons/phone";
import UserRoundSearch from "lucide-react/icons/user-round-search";
import X from "lucide-react/icons/x";
import { type ReactNode, useState } from "react";
import { useCan } from "@/api/session";
import { Journey } from "@/customers/Journey";
import { cx } from "@/lib/cx";
import { recall, remember } from "@/lib/storage";
import { t } from "@/messages";
import { fieldText, useFieldDefinitions } from "@/records/fields";
import { Notes } from "@/records/Notes";
import { Fact, Properties } from "@/records/Property";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { StatusBadge } from "@/ui/marks";
import { EmptyState, FailedState, Skeleton } from "@/ui/states";
import { Money, Time } from "@/ui/values";
import { setCustomerShown } from "./panes";
import { useCustomer, useCustomerOrders } from "./queries";
import { TagChip } from "./TagsEditor";
import type { Customer, Order } from "./types";

/** Who is writing, what they bought and what happened so far, beside their ticket. */
export function CustomerPanel({ id }: { id: string | null }): ReactNode {
  return (
    <aside
      aria-label={t("inbox.customer")}
      className="absolute inset-y-0 end-0 z-20 flex w-full flex-col border-s bg-bg sm:w-80 xl:static xl:shrink-0 max-xl:shadow-overlay"
    >
      <header className="screen-bar shrink-0 pe-2!">
        <h2 className="font-semibold">{t("inbox.customer")}</h2>
        <IconButton
          icon={X}
          label={t("inbox.hideCustomer")}
          onClick={() => setCustomerShown(false)}
          className="ms-auto"
        />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {id ? (
          <Known key={id} id={id} />
        ) : (
          <EmptyState icon={UserRoundSearch} title={t("inbox.noCustomer")}>
            {t("inbox.noCustomerHint")}
          </EmptyState>
        )}
      </div>
    </aside>
  );
}

function Known({ id }: { id: string }): ReactNode {
  const can = useCan();
  const query = useCustomer(id);
  const orders = useCustomerOrders(id, can("orders:read"));
  if (query.isPending) return <PanelSkeleton />;
  if (!query.data) return <FailedState error={query.error} onRetry={() => void query.refetch()} />;
  const customer = query.data.value;
  const open = (orders.data?.data ?? []).filter((o) => isUnderway(o));
  return (
    <>
      <Identity customer={customer} />
      <Figures customer={customer} />
      {can("orders:read") && (
        <Fold name="orders" title={t("inbox.openOrders")} count={open.length}>
          <OpenOrders
            orders={open}
            isPending={orders.isPending}
            total={customer.stats?.orders}
            id={id}
          />
        </Fold>
      )}
      <CustomFields customer={customer} />
      <Fold name="notes" title={t("inbox.notes")}>
        <Notes resource="customers" id={id} compact />
      </Fold>
      <Fold name="journey" title={t("inbox.journey")}>
        <Journey customerId={id} compact />
      </Fold>
    </>
  );
}

/** Orders that the customer may still be waiting for. */
export function isUnderway(order: Pick<Order, "kind" | "status">): boolean {
  return order.kind === "sale" && ["pending", "paid", "shipped"].includes(order.status);
}

function Identity({ customer }: { customer: Customer }): ReactNode {
  return (
    <div className="flex flex-col gap-2 px-4 pt-4 pb-3">
      <div className="flex items-center gap-3">
        <Avatar name={customer.name} size="large" />
        <div className="min-w-0">
          <Link
            to="/customers/$customerId"
            params={{ customerId: customer.id }}
            dir="auto"
            className="block truncate text-md font-semibold hover:underline"
          >
            {customer.name}
          </Link>
          <span className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
            <StatusBadge status={customer.status} />
            {customer.kind === "person" && customer.company && (
              <span dir="auto" className="truncate">
                {customer.company}
              </span>
            )}
          </span>
        </div>
        {customer.level && (
          <span className="ms-auto">
            <Badge tone="accent">{customer.level}</Badge>
          </span>
        )}
      </div>
      {customer.nameMadeUp && <p className="text-sm text-muted">{t("inbox.nameMadeUp")}</p>}
      <ul className="flex flex-col gap-0.5">
        {customer.email && (
          <ContactLine icon={Mail} href={`mailto:${customer.email}`} text={customer.email} />
        )}
        {customer.phone && (
          <ContactLine icon={Phone} href={`tel:${customer.phone}`} text={customer.phone} />
        )}
      </ul>
      {(customer.tags.length > 0 || customer.groups.length > 0) && (
        <div className="flex flex-wrap gap-1">
          {customer.tags.map((tag) => (
            <TagChip key={tag.id} tag={tag} />
          ))}
          {customer.groups.map((group) => (
            <Badge key={group.id}>{group.name}</Badge>
          ))}
        </div>
      )}
    </div>
  );
}

function ContactLine({
  icon: Icon,
  href,
  text,
}: {
  icon: typeof Mail;
  href: string;
  text: string;
}): ReactNode {
  return (
    <li>
      <a
        href={href}
        dir="ltr"
        className="inline-flex min-h-6 max-w-full items-center gap-2 text-muted hover:text-text hover:underline"
      >
        <Icon size={14} aria-hidden className="shrink-0 text-faint" />
        <span className="truncate">{text}</span>
      </a>
    </li>
  );
}

/** What the customer is worth to the brand, in each currency they paid in. */
function Figures({ customer }: { customer: Customer }): ReactNode {
  const { stats } = customer;
  return (
    <dl className="grid grid-cols-2 border-y">
      <div className="px-4 py-2">
        <dt className="text-sm text-faint">{t("inbox.value")}</dt>
        <dd className="text-md font-semibold">
          {stats && stats.values.length > 0
            ? stats.values.map((value) => (
                <Money key={value.currency} value={value} className="block" />
              ))
            : "–"}
        </dd>
      </div>
      <div className="border-s px-4 py-2">
        <dt className="text-sm text-faint">{t("inbox.orders")}</dt>
        <dd className="tabular text-md font-semibold">{stats ? stats.orders : "–"}</dd>
      </div>
    </dl>
  );
}

function OpenOrders({
  orders,
  isPending,
  total,
  id,
}: {
  orders: readonly Order[];
  isPending: boolean;
  total: number | undefined;
  id: string;
}): ReactNode {
  if (isPending) {
    return (
      <div className="flex flex-col gap-2 py-1">
        <Skeleton className="w-4/5" />
        <Skeleton className="w-3/5" />
      </div>
    );
  }
  return (
    <>
      {orders.length === 0 && <p className="text-muted">{t("inbox.noOpenOrders")}</p>}
      <ul className="-mx-2 flex flex-col">
        {orders.map((order) => (
          <li key={order.id}>
            <Link
              to="/orders/$orderId"
              params={{ orderId: order.id }}
              className="flex flex-wrap items-baseline gap-x-2 rounded-md px-2 py-1.5 hover:bg-hover"
            >
              <span className="tabular font-medium">{order.number}</span>
              <span className="text-sm text-muted">
                <StatusBadge status={order.status} />
              </span>
              <Money value={order.total} className="ms-auto" />
              <span className="w-full text-sm text-faint">
                {t("inbox.placed")} <Time at={order.placedAt} /> ·{" "}
                {t("inbox.lines", { count: order.lineCount })}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {(total ?? 0) > orders.length && (
        <Link
          to="/customers/$customerId"
          params={{ customerId: id }}
          search={{ tab: "orders" }}
          className="inline-flex min-h-6 items-center text-sm text-accent-text hover:underline"
        >
          {t("inbox.allOrders", { count: total ?? 0 })}
        </Link>
      )}
    </>
  );
}

function CustomFields({ customer }: { customer: Customer }): ReactNode {
  const { fields } = useFieldDefinitions("customers");
  const filled = fields.filter((f) => (customer.fields[f.key] ?? "") !== "");
  if (filled.length === 0) return null;
  return (
    <Fold name="fields" title={t("inbox.fields")}>
      <Properties>
        {filled.map((field) => (
          <Fact key={field.key} label={field.label}>
            {fieldText(field, customer.fields[field.key])}
          </Fact>
        ))}
      </Properties>
    </Fold>
  );
}

/** A part of the panel that can be folded away; the browser remembers it. */
function Fold({
  name,
  title,
  count,
  children,
}: {
  name: string;
  title: string;
  count?: number;
  children: ReactNode;
}): ReactNode {
  const [open, setOpen] = useState(() => recall(`inbox.fold.${name}`) !== "closed");
  return (
    <section className="border-b last:border-b-0">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => {
            remember(`inbox.fold.${name}`, open ? "closed" : null);
            setOpen(!open);
          }}
          className="flex min-h-9 w-full items-center gap-1.5 px-4 font-semibold hover:bg-hover"
        >
          <ChevronRight
            size={14}
            aria-hidden
            className={cx("text-muted transition-transform", open ? "rotate-90" : "rtl:rotate-180")}
          />
          {title}
          {count !== undefined && count > 0 && (
            <span className="tabular font-normal text-faint">{count}</span>
          )}
        </button>
      </h3>
      {open && <div className="px-4 pb-3">{children}</div>}
    </section>
  );
}

function PanelSkeleton(): ReactNode {
  return (
    <div role="status" className="flex flex-col gap-4 p-4">
      <span className="sr-only">{t("ui.loading")}</span>
      <div className="flex items-center gap-3">
        <Skeleton className="size-10 rounded-full!" />
        <Skeleton className="w-32" />
      </div>
      <Skeleton className="w-3/4" />
      <Skeleton className="h-12 w-full" />
      <Skeleton className="w-1/2" />
      <Skeleton className="w-2/3" />
    </div>
  );
}
