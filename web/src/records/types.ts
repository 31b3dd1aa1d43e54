import type { Schema } from "@/api/client";

/** A tag as lists and records show it. */
export type TagRef = Schema<"TagRef">;
/** A record beside its id. */
export type Named = Schema<"Named">;
/** A custom field's definition. */
export type FieldDefinition = Schema<"Field">;
export type FieldObject = FieldDefinition["object"];
/** Custom values by key. */
export type FieldValues = Record<string, unknown>;
