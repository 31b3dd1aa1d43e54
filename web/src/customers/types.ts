import type { MoneyValue } from "@/lib/format";
import type { FieldValues, Named, TagRef } from "@/records/types";

export type CustomerStatus = "lead" | "opportunity" | "customer" | "inactive";

export const customerStatuses: readonly CustomerStatus[] = [
  "lead",
  "opportunity",
  "customer",
  "inactive",
];

export interface Address {
  line1: string;
  line2: string;
  city: string;
  region: string;
  postcode: string;
  country: string;
}

export type IdentityKind = "email" | "phone" | "social" | "external";

/** One way a customer is known. */
export interface Identity {
  id: string;
  kind: IdentityKind;
  value: string;
  /** As it was given. */
  display: string;
  /** The network or outside system of social and external ones. */
  system: string;
  primary: boolean;
}

/** What a customer bought: orders without returns, and the sum less returns per currency. */
export interface CustomerStats {
  orders: number;
  values: MoneyValue[];
}

export interface Customer {
  id: string;
  kind: "person" | "company";
  status: CustomerStatus;
  firstName: string;
  lastName: string;
  /** What people see, whichever names are known. */
  name: string;
  /** The name was made from an outside id; nobody gave it. */
  nameMadeUp: boolean;
  company: string;
  email: string;
  phone: string;
  address: Address;
  level: string;
  ownerId: string | null;
  owner: Named | null;
  groups: Named[];
  tags: TagRef[];
  birthDate: string | null;
  referredById: string | null;
  fields: FieldValues;
  identities?: Identity[];
  stats?: CustomerStats;
  createdAt: string;
  updatedAt: string;
}

/** One thing that happened, as the journey tells it. */
export interface JourneyEvent {
  id: string;
  kind: string;
  occurredAt: string;
  actor: { kind: string; id: string | null; name: string };
  object: { kind: string; id: string | null };
  data: Record<string, unknown>;
  /** The text of a note that is still there. */
  note?: string;
}
