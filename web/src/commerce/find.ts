import type { Page } from "@/api/queries";
import type { Customer } from "@/customers/types";
import { formatMoney } from "@/lib/format";
import type { Found } from "@/records/Combobox";
import { call } from "@/records/wire";
import type { Product } from "./types";

/** Customers by what one remembers of them; typing mistakes are forgiven. */
export async function findCustomers(q: string, signal: AbortSignal): Promise<Found<Customer>[]> {
  const page = await call<Page<Customer>>("GET", "/customers", {
    query: { limit: "8", ...(q ? { q } : {}) },
    signal,
  });
  return page.data.map((record) => ({
    id: record.id,
    title: record.name,
    detail: [record.email, record.phone].filter(Boolean).join(" · "),
    record,
  }));
}

export async function findProducts(q: string, signal: AbortSignal): Promise<Found<Product>[]> {
  const page = await call<Page<Product>>("GET", "/products", {
    query: { limit: "8", ...(q ? { q } : { status: "active" }) },
    signal,
  });
  return page.data.map((record) => ({
    id: record.id,
    title: record.title,
    detail: `${record.sku} · ${formatMoney(record.price)}`,
    record,
  }));
}
