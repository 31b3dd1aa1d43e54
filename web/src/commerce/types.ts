import type { MoneyValue } from "@/lib/format";
import type { FieldValues, Named, TagRef } from "@/records/types";

export type OrderKind = "sale" | "return" | "adjustment";
export type OrderStatus = "pending" | "paid" | "shipped" | "completed" | "cancelled" | "refunded";

export const orderKinds: readonly OrderKind[] = ["sale", "return", "adjustment"];
export const orderStatuses: readonly OrderStatus[] = [
  "pending",
  "paid",
  "shipped",
  "completed",
  "cancelled",
  "refunded",
];

export interface Order {
  id: string;
  number: string;
  kind: OrderKind;
  status: OrderStatus;
  /** Empty when nobody is known. */
  customerId: string | null;
  customer: Named | null;
  currency: string;
  lineCount: number;
  subtotal: MoneyValue;
  discount: MoneyValue;
  tax: MoneyValue;
  total: MoneyValue;
  placedAt: string;
  source: string;
  fields: FieldValues;
  createdAt: string;
  updatedAt: string;
}

export interface OrderLine {
  productId: string | null;
  sku: string;
  title: string;
  quantity: number;
  unitPrice: MoneyValue;
  /** Major units, exact: some prices have more digits than money has. */
  unitPriceExact: string;
  discount: MoneyValue;
  tax: MoneyValue;
  total: MoneyValue;
}

export interface StatusStep {
  from: OrderStatus | "";
  to: OrderStatus;
  actorId: string | null;
  at: string;
}

export interface OrderDetail extends Order {
  lines: OrderLine[];
  history: StatusStep[];
  /** Payments less refunds. */
  paid: MoneyValue;
}

export interface Transaction {
  id: string;
  kind: "payment" | "refund";
  amount: MoneyValue;
  method: string;
  reference: string;
  orderId: string | null;
  customerId: string | null;
  occurredAt: string;
}

export interface Product {
  id: string;
  sku: string;
  title: string;
  description: string;
  status: "active" | "archived";
  price: MoneyValue;
  /** Pieces left; null when they are not counted. */
  inventory: number | null;
  /** 0 to 5; null when nobody rated it. */
  rating: number | null;
  ratingCount: number;
  tags: TagRef[];
  fields: FieldValues;
  createdAt: string;
  updatedAt: string;
}

export interface BoughtProduct extends Product {
  bought: number;
  orders: number;
}
