import type { Schema } from "@/api/client";
import type { Named } from "@/records/types";

/** A customer as lists and single reads give it; an owner that nobody is comes as null. */
export type Customer = Omit<Schema<"Customer">, "owner"> & { owner: Named | null };
export type CustomerStatus = Customer["status"];
export type Identity = Schema<"Identity">;
export type IdentityKind = Identity["kind"];

export const customerStatuses: readonly CustomerStatus[] = [
  "lead",
  "opportunity",
  "customer",
  "inactive",
];

/** One thing that happened, as the journey tells it; `data` is as the kind has it. */
export type JourneyEvent = Pick<
  Schema<"Moment">,
  "id" | "kind" | "occurredAt" | "object" | "note"
> & {
  actor: { kind: string; id: string | null; name: string };
  data: Record<string, unknown>;
};
