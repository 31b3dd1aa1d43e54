import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { FilterField } from "@/lib/filters";
import { formatDate, formatNumber } from "@/lib/format";
import { t } from "@/messages";
import type { FieldDefinition, FieldObject } from "./types";
import { call } from "./wire";

const none: readonly FieldDefinition[] = [];

/** The custom fields of a kind of object, in the order of forms; none until they are known. */
export function useFieldDefinitions(object: FieldObject) {
  const query = useQuery({
    queryKey: keys.list("fields", { object }),
    queryFn: ({ signal }) =>
      call<{ data: FieldDefinition[] }>("GET", "/fields", { query: { object }, signal }),
    staleTime: 5 * 60_000,
  });
  return { fields: query.data?.data ?? none, isSettled: !query.isPending };
}

/** Custom fields as the filter builder offers them. */
export function filterFieldsOf(definitions: readonly FieldDefinition[]): FilterField[] {
  return definitions.map((d) => ({
    id: `field.${d.key}`,
    label: d.label,
    type: d.type === "list" ? "option" : d.type,
    ...(d.type === "list" ? { options: d.options.map((o) => ({ value: o, label: o })) } : {}),
  }));
}

/** A custom value as people read it; empty when there is none. */
export function fieldText(definition: FieldDefinition, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  switch (definition.type) {
    case "boolean":
      return value === true ? t("ui.yes") : t("ui.no");
    case "number":
      return typeof value === "number" ? formatNumber(value) : String(value);
    case "date": {
      const day = new Date(`${String(value)}T00:00`);
      return Number.isNaN(day.getTime()) ? String(value) : formatDate(day, new Date());
    }
    default:
      return String(value);
  }
}

/** A custom value as a control edits it. */
export function fieldDraft(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/**
 * What was typed as the API takes it: null for nothing, a number where it is one.
 * Text that is no number goes as it is, so that the server's message explains it.
 */
export function fieldValue(definition: FieldDefinition, draft: string): unknown {
  const text = draft.trim();
  if (text === "") return null;
  if (definition.type === "boolean") return text === "true";
  if (definition.type !== "number") return text;
  const number = Number(text.replace(",", "."));
  return Number.isFinite(number) ? number : text;
}
