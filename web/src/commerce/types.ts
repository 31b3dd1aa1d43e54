import type { Schema } from "@/api/client";
import type { Named } from "@/records/types";

/** An order whose customer nobody knows has null there. */
type WithCustomer<T> = Omit<T, "customer"> & { customer: Named | null };

export type Order = WithCustomer<Schema<"OrderRow">>;
export type OrderKind = Order["kind"];
export type OrderStatus = Order["status"];
export type OrderLine = Schema<"OrderLine">;
/** A step of the status; the first has no status before it. */
export type StatusStep = Omit<Schema<"StatusStep">, "from" | "to"> & {
  from: OrderStatus | "";
  to: OrderStatus;
};
export type OrderDetail = WithCustomer<Omit<Schema<"OrderDetail">, "history">> & {
  history: StatusStep[];
};

export type Transaction = Schema<"TransactionRow">;
export type Product = Schema<"ProductRow">;
export type BoughtProduct = Schema<"BoughtRow">;

export const orderKinds: readonly OrderKind[] = ["sale", "return", "adjustment"];
export const orderStatuses: readonly OrderStatus[] = [
  "pending",
  "paid",
  "shipped",
  "completed",
  "cancelled",
  "refunded",
];
