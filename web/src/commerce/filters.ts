import { useCallback, useMemo } from "react";
import { useSession } from "@/api/session";
import type { Filter, FilterField } from "@/lib/filters";
import { parseMoney } from "@/lib/format";
import { t } from "@/messages";
import { filterFieldsOf } from "@/records/fields";
import { useTags } from "@/records/tags";
import type { FieldDefinition } from "@/records/types";
import { orderKinds, orderStatuses } from "./types";

/** Fields that hold money: people type major units, the API compares minor ones. */
const moneyFields = new Set(["total", "price"]);

/** Makes filters' amounts minor units of the workspace's currency, as the API compares them. */
export function useMinorUnits(): (filters: readonly Filter[]) => Filter[] {
  const { currency } = useSession().workspace;
  return useCallback((filters) => inMinorUnits(filters, currency), [currency]);
}

export function inMinorUnits(filters: readonly Filter[], currency: string): Filter[] {
  return filters.map((filter) =>
    moneyFields.has(filter.field)
      ? {
          ...filter,
          values: filter.values.map((v) => String(parseMoney(v, currency)?.amount ?? v)),
        }
      : filter,
  );
}

export function useOrderFilterFields(definitions: readonly FieldDefinition[]): FilterField[] {
  return useMemo(
    () => [
      {
        id: "status",
        label: t("commerce.status"),
        type: "option",
        options: orderStatuses.map((s) => ({ value: s, label: t(`commerce.status.${s}`) })),
      },
      {
        id: "kind",
        label: t("commerce.kind"),
        type: "option",
        options: orderKinds.map((k) => ({ value: k, label: t(`commerce.kind.${k}`) })),
      },
      { id: "placedAt", label: t("commerce.placedAt"), type: "date" },
      { id: "total", label: t("commerce.total"), type: "number" },
      { id: "number", label: t("commerce.number"), type: "text" },
      { id: "currency", label: t("commerce.currency"), type: "text" },
      { id: "source", label: t("commerce.source"), type: "text" },
      { id: "customerId", label: t("commerce.customerId"), type: "text" },
      ...filterFieldsOf(definitions),
    ],
    [definitions],
  );
}

export function useProductFilterFields(definitions: readonly FieldDefinition[]): FilterField[] {
  const tags = useTags();
  return useMemo(
    () => [
      {
        id: "status",
        label: t("commerce.status"),
        type: "option",
        options: [
          { value: "active", label: t("commerce.productStatus.active") },
          { value: "archived", label: t("commerce.productStatus.archived") },
        ],
      },
      {
        id: "tag",
        label: t("commerce.tag"),
        type: "option",
        options: tags.map(({ id, name }) => ({ value: id, label: name })),
      },
      { id: "price", label: t("commerce.price"), type: "number" },
      { id: "inventory", label: t("commerce.inventory"), type: "number" },
      { id: "rating", label: t("commerce.rating"), type: "number" },
      { id: "sku", label: t("commerce.sku"), type: "text" },
      { id: "title", label: t("commerce.title"), type: "text" },
      { id: "createdAt", label: t("records.created"), type: "date" },
      { id: "updatedAt", label: t("records.updated"), type: "date" },
      ...filterFieldsOf(definitions),
    ],
    [definitions, tags],
  );
}
