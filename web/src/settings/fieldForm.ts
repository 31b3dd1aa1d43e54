import { type CustomField, type FieldRules, type FieldType, fieldTypes } from "./types";

/** A definition as its form holds it. Names with a dot are where the server reports problems. */
export type FieldValues = {
  label: string;
  key: string;
  type: string;
  /** One option in each line. */
  options: string;
  "rules.min": string;
  "rules.max": string;
  "rules.minDate": string;
  "rules.maxDate": string;
  "rules.pattern": string;
  "rules.maxLength": string;
  default: string;
  required: boolean;
  indexed: boolean;
};

export function valuesOf(field?: CustomField): FieldValues {
  const rules = field?.rules ?? {};
  const text = (value: unknown) =>
    value === undefined || value === null || value === "" ? "" : String(value);
  return {
    label: field?.label ?? "",
    key: field?.key ?? "",
    type: field?.type ?? "text",
    options: field?.options.join("\n") ?? "",
    "rules.min": text(rules.min),
    "rules.max": text(rules.max),
    "rules.minDate": text(rules.minDate),
    "rules.maxDate": text(rules.maxDate),
    "rules.pattern": text(rules.pattern),
    "rules.maxLength": rules.maxLength ? String(rules.maxLength) : "",
    default: text(field?.default),
    required: field?.required ?? false,
    indexed: field?.indexed ?? false,
  };
}

export function typeOf(values: { type: string }): FieldType {
  return fieldTypes.find((type) => type === values.type) ?? "text";
}

export function optionsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

function rulesOf(values: FieldValues): FieldRules {
  const number = (text: string) => (text.trim() === "" ? {} : Number(text));
  const kept: Record<string, unknown> = {};
  const keep = (name: keyof FieldRules, value: unknown) => {
    if (typeof value === "number" || (typeof value === "string" && value !== "")) {
      kept[name] = value;
    }
  };
  switch (typeOf(values)) {
    case "number":
      keep("min", number(values["rules.min"]));
      keep("max", number(values["rules.max"]));
      break;
    case "date":
      keep("minDate", values["rules.minDate"]);
      keep("maxDate", values["rules.maxDate"]);
      break;
    case "text":
      keep("pattern", values["rules.pattern"].trim());
      keep("maxLength", number(values["rules.maxLength"]));
      break;
    default:
      break;
  }
  return kept as FieldRules;
}

/** The value that new objects get, in the field's own type; null for none. */
export function defaultOf(values: FieldValues): unknown {
  const text = values.default.trim();
  if (text === "") return null;
  switch (typeOf(values)) {
    case "number":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "boolean":
      return text === "true";
    default:
      return text;
  }
}

/** What is sent for a definition; what the type does not have is left out. */
export function bodyOf(values: FieldValues) {
  return {
    label: values.label.trim(),
    ...(typeOf(values) === "list" ? { options: optionsOf(values.options) } : {}),
    rules: rulesOf(values),
    default: defaultOf(values),
    required: values.required,
    indexed: values.indexed,
  };
}

/** A key made from a label, as long as a person has not written one: "Shoe size" → "shoeSize". */
export function keyFrom(label: string): string {
  const words = label
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  const joined = words
    .map((word, i) =>
      i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join("");
  return joined.replace(/^[^a-z]+/, "").slice(0, 40);
}

/** Places have gaps, so that one move changes as few rows as can be. */
const gap = 10;

/** The rows whose place changes when one moves by a step; null when it cannot. */
export function moved<T extends { id: string; position: number }>(
  rows: readonly T[],
  id: string,
  step: -1 | 1,
): { rows: T[]; changed: T[] } | null {
  const from = rows.findIndex((row) => row.id === id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= rows.length) return null;
  const order = [...rows];
  const [row] = order.splice(from, 1);
  if (!row) return null;
  order.splice(to, 0, row);
  const next = order.map((r, i) => ({ ...r, position: (i + 1) * gap }));
  const before = new Map(rows.map((r) => [r.id, r.position]));
  return { rows: next, changed: next.filter((r) => before.get(r.id) !== r.position) };
}

/** The place behind the last row. */
export function nextPosition(rows: readonly { position: number }[]): number {
  return Math.max(0, ...rows.map((row) => row.position)) + gap;
}
