import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { formatNumber } from "@/lib/format";
import { t } from "@/messages";
import { fieldText } from "@/records/fields";
import { TagChips } from "@/records/tags";
import type { FieldDefinition, FieldValues } from "@/records/types";
import { Badge } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { StatusBadge } from "@/ui/marks";
import { Money, Time } from "@/ui/values";
import type { Order, OrderKind, OrderStatus, Product } from "./types";

export function OrderStatusBadge({ status }: { status: OrderStatus }): ReactNode {
  return <StatusBadge status={status} label={t(`commerce.status.${status}`)} />;
}

/** What an order does to the till; sales are the rule and carry no mark in lists. */
export function KindBadge({ kind }: { kind: OrderKind }): ReactNode {
  return (
    <Badge tone={kind === "return" ? "warning" : kind === "sale" ? "info" : "neutral"}>
      {t(`commerce.kind.${kind}`)}
    </Badge>
  );
}

/** The workspace's own fields as columns that start hidden. */
function fieldColumns<T extends { fields: FieldValues }>(
  definitions: readonly FieldDefinition[],
): Column<T>[] {
  return definitions.map((d) => ({
    id: `field.${d.key}`,
    header: d.label,
    width: "w-32",
    from: "lg" as const,
    hidden: true,
    align: d.type === "number" ? ("end" as const) : ("start" as const),
    cell: (row: T) => <span dir="auto">{fieldText(d, row.fields[d.key])}</span>,
    ...(d.indexed && d.indexReady ? { sort: `field.${d.key}` } : {}),
  }));
}

export function orderColumns(definitions: readonly FieldDefinition[]): Column<Order>[] {
  return [
    {
      id: "number",
      header: t("commerce.order"),
      width: "w-44",
      cell: (o) => (
        <span className="flex items-center gap-2">
          <Link
            to="/orders/$orderId"
            params={{ orderId: o.id }}
            className="tabular truncate font-medium hover:underline"
          >
            {o.number}
          </Link>
          {o.kind !== "sale" && <KindBadge kind={o.kind} />}
        </span>
      ),
    },
    {
      id: "customer",
      header: t("commerce.customer"),
      cell: (o) =>
        o.customer ? (
          <Link
            to="/customers/$customerId"
            params={{ customerId: o.customer.id }}
            dir="auto"
            className="hover:underline"
          >
            {o.customer.name}
          </Link>
        ) : (
          <span className="text-faint">{t("commerce.noCustomer")}</span>
        ),
    },
    {
      id: "status",
      header: t("commerce.status"),
      width: "w-32",
      cell: (o) => <OrderStatusBadge status={o.status} />,
    },
    {
      id: "lineCount",
      header: t("commerce.lines"),
      width: "w-20",
      align: "end",
      from: "md",
      cell: (o) => <span className="tabular text-muted">{formatNumber(o.lineCount)}</span>,
    },
    {
      id: "source",
      header: t("commerce.source"),
      width: "w-32",
      from: "lg",
      hidden: true,
      cell: (o) => <span dir="auto">{o.source}</span>,
    },
    ...fieldColumns<Order>(definitions),
    {
      id: "placedAt",
      header: t("commerce.placedAt"),
      sort: "placedAt",
      width: "w-32",
      from: "md",
      cell: (o) => <Time at={o.placedAt} className="text-muted" />,
    },
    {
      id: "total",
      header: t("commerce.total"),
      width: "w-28",
      align: "end",
      cell: (o) => (
        <Money value={o.total} className={o.total.amount < 0 ? "text-warning" : "font-medium"} />
      ),
    },
  ];
}

/** Pieces left, with a word where there are none. */
export function Inventory({ value }: { value: number | null }): ReactNode {
  if (value === null) return <span className="text-faint">{t("commerce.notCounted")}</span>;
  if (value <= 0) return <Badge tone="danger">{t("commerce.soldOut")}</Badge>;
  return <span className="tabular">{formatNumber(value)}</span>;
}

/** An average rating as a number with a star; what it stands on is said in words. */
export function Rating({ product }: { product: Product }): ReactNode {
  if (product.rating === null) {
    return <span className="text-faint">{t("commerce.notRated")}</span>;
  }
  const rating = formatNumber(Math.round(product.rating * 10) / 10);
  const words = t("commerce.ratingOf", { rating, count: product.ratingCount });
  return (
    <span title={words}>
      <span aria-hidden className="tabular">
        ★ {rating} <span className="text-faint">({formatNumber(product.ratingCount)})</span>
      </span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

export function ProductStatusBadge({ status }: { status: Product["status"] }): ReactNode {
  return (
    <Badge tone={status === "active" ? "success" : "neutral"}>
      {t(`commerce.productStatus.${status}`)}
    </Badge>
  );
}

export function productColumns(definitions: readonly FieldDefinition[]): Column<Product>[] {
  return [
    {
      id: "title",
      header: t("commerce.product"),
      sort: "title",
      cell: (p) => (
        <Link
          to="/products/$productId"
          params={{ productId: p.id }}
          dir="auto"
          className="font-medium hover:underline"
        >
          {p.title}
        </Link>
      ),
    },
    {
      id: "sku",
      header: t("commerce.sku"),
      width: "w-32",
      from: "md",
      cell: (p) => <span dir="ltr">{p.sku}</span>,
    },
    {
      id: "status",
      header: t("commerce.status"),
      width: "w-28",
      from: "md",
      cell: (p) => <ProductStatusBadge status={p.status} />,
    },
    {
      id: "tags",
      header: t("records.tags"),
      width: "w-48",
      from: "lg",
      cell: (p) => <TagChips tags={p.tags} most={2} />,
    },
    {
      id: "rating",
      header: t("commerce.rating"),
      width: "w-28",
      from: "md",
      cell: (p) => <Rating product={p} />,
    },
    {
      id: "inventory",
      header: t("commerce.inventory"),
      width: "w-28",
      align: "end",
      from: "md",
      cell: (p) => <Inventory value={p.inventory} />,
    },
    ...fieldColumns<Product>(definitions),
    {
      id: "updatedAt",
      header: t("records.updated"),
      sort: "updatedAt",
      width: "w-28",
      from: "lg",
      hidden: true,
      cell: (p) => <Time at={p.updatedAt} className="text-muted" />,
    },
    {
      id: "price",
      header: t("commerce.price"),
      width: "w-24",
      align: "end",
      cell: (p) => <Money value={p.price} className="font-medium" />,
    },
  ];
}
