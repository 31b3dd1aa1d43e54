/** A tag as lists and records show it. */
export interface TagRef {
  id: string;
  name: string;
  colour: string;
}

export interface Named {
  id: string;
  name: string;
}

export type FieldObject = "customers" | "tickets" | "orders" | "products";

/** A custom field's definition. */
export interface FieldDefinition {
  id: string;
  object: FieldObject;
  key: string;
  label: string;
  type: "text" | "number" | "date" | "boolean" | "list";
  options: string[];
  required: boolean;
  default: unknown;
  indexed: boolean;
  indexReady: boolean;
  position: number;
}

/** Custom values by key. */
export type FieldValues = Record<string, unknown>;
