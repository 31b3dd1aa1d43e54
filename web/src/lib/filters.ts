/** The conditions that the API's lists understand. */
export type Operator = "is" | "gte" | "lte";

export interface Filter {
  field: string;
  op: Operator;
  /** One or more; several mean any of them. Ranges hold exactly one. */
  values: string[];
}

export interface FilterField {
  /** The parameter's name; custom fields are "field.<key>". */
  id: string;
  label: string;
  type: "text" | "number" | "date" | "boolean" | "option";
  options?: readonly { value: string; label: string }[];
}

/** Parameters of a list request: openapi-fetch repeats those that hold several values. */
export type FilterParams = Record<string, string | string[]>;

/** Which conditions make sense for a field. */
export function operatorsOf(field: FilterField): Operator[] {
  switch (field.type) {
    case "number":
      return ["is", "gte", "lte"];
    case "date":
      return ["gte", "lte"];
    default:
      return ["is"];
  }
}

/**
 * Filters as the API reads them: `status=open&status=pending`, `createdAt[gte]=…`.
 * A day means the whole day in the reader's own time zone.
 */
export function filterParams(
  filters: readonly Filter[],
  fields: readonly FilterField[] = [],
): FilterParams {
  const params: FilterParams = {};
  for (const { field, op, values } of filters) {
    const kept = values.map((v) => v.trim()).filter((v) => v !== "");
    if (kept.length === 0) continue;
    const isDate = fields.find((f) => f.id === field)?.type === "date";
    const name = op === "is" ? field : `${field}[${op}]`;
    const sent = kept.map((v) => (isDate ? dayEdge(v, op) : v));
    if (op !== "is") {
      params[name] = sent[0] ?? "";
      continue;
    }
    const before = params[name];
    const all = [...new Set([...(before === undefined ? [] : [before].flat()), ...sent])];
    params[name] = all.length === 1 ? (all[0] ?? "") : all;
  }
  return params;
}

function dayEdge(value: string, op: Operator): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return value;
  const [year, month, day] = [Number(match[1]), Number(match[2]) - 1, Number(match[3])];
  const edge =
    op === "lte" ? new Date(year, month, day + 1, 0, 0, 0, -1) : new Date(year, month, day);
  return edge.toISOString();
}

/** Filters as one text for the address bar: "status:is:open|pending;createdAt:gte:2026-11-01". */
export function encodeFilters(filters: readonly Filter[]): string | undefined {
  const text = filters
    .filter((f) => f.values.length > 0)
    .map((f) => [escapeMarks(f.field), f.op, f.values.map(escapeMarks).join("|")].join(":"))
    .join(";");
  return text || undefined;
}

/** Reads what encodeFilters wrote. Unknown fields and broken parts are left out. */
export function decodeFilters(text: string | undefined, fields: readonly FilterField[]): Filter[] {
  if (!text) return [];
  return text.split(";").flatMap((part): Filter[] => {
    const [rawField = "", op = "", rawValues = ""] = part.split(":");
    const field = fields.find((f) => f.id === unescapeMarks(rawField));
    if (!field || !operatorsOf(field).includes(op as Operator)) return [];
    const values = rawValues.split("|").map(unescapeMarks).filter(Boolean);
    return values.length > 0 ? [{ field: field.id, op: op as Operator, values }] : [];
  });
}

function escapeMarks(text: string): string {
  return text.replace(/[%:;|]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescapeMarks(text: string): string {
  return text.replace(/%(25|3A|3B|7C)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
