import { fill, t } from "@/messages";
import { en } from "@/messages/en";
import type { AuditChange, AuditEntry } from "./types";

/** "password.reset_asked" → "Password: reset asked", for actions without words of their own. */
function readable(name: string): string {
  const [subject = "", ...rest] = name.split(".");
  const tidy = (text: string) => text.replaceAll("_", " ");
  const first = tidy(subject);
  const head = first.charAt(0).toUpperCase() + first.slice(1);
  return rest.length > 0 ? `${head}: ${tidy(rest.join(" "))}` : head;
}

/** What was done, in words. */
export function actionName(action: string): string {
  const key = `settings.audit.action.${action}`;
  return key in en ? fill(en[key as keyof typeof en], {}) : readable(action);
}

/** Who did it: a person by name, anything else by what it is. */
export function actorName(actor: AuditEntry["actor"]): string {
  if (actor.name) return actor.name;
  return t(`settings.audit.actor.${actor.kind}`);
}

/** Names of people by their ids. */
export type Names = ReadonlyMap<string, string>;

/** An old or new value in one line; ids of people by their names. */
export function valueText(value: unknown, names: Names = new Map()): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "ui.yes" : "ui.no");
  if (Array.isArray(value)) return value.map((v) => valueText(v, names)).join(", ") || "–";
  if (typeof value === "string") return names.get(value) ?? value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A field's name in words: "policy.minLength" → "policy min length". */
export function fieldName(field: string): string {
  return field
    .replaceAll(".", " ")
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

/** What an entry is about, where that is short enough for a row: a session's is a whole browser. */
export function subjectOf(entry: AuditEntry): string {
  return entry.objectKind === "session" ? "" : entry.objectName;
}

/** The changes of an entry in the order of their names. */
export function changesOf(entry: AuditEntry): [field: string, change: AuditChange][] {
  return Object.entries(entry.changes).sort(([a], [b]) => a.localeCompare(b));
}

/** Kinds of objects that entries are about, for the filter. */
export const objectKinds = [
  "user",
  "role",
  "team",
  "workspace",
  "session",
  "mail",
  "job",
  "operation",
] as const;
