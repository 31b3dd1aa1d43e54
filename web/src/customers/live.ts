import type { QueryKey } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { LiveEvent } from "@/live/connection";
import { liveEffects } from "@/live/registry";

/** The customer that an event is about, when it says so. */
function customerOf(event: LiveEvent): string {
  if (event.data === null || typeof event.data !== "object") return "";
  const data = event.data as Record<string, unknown>;
  for (const name of ["customerId", "customer"]) {
    if (typeof data[name] === "string") return data[name];
  }
  return "";
}

/** Everything on the customer's page: the record, the journey, orders, notes. */
function page(event: LiveEvent): QueryKey {
  const id = customerOf(event);
  return id ? keys.one("customers", id) : ["customers", "one"];
}

liveEffects.on("customer.*", (event) => [keys.lists("customers"), page(event)]);
liveEffects.on("order.*", (event) => [page(event)]);
liveEffects.on("transaction.*", (event) => [page(event)]);
liveEffects.on("ticket.*", (event) => [page(event)]);
liveEffects.on("group.*", () => [keys.all("groups"), keys.lists("customers")]);
liveEffects.on("tag.*", () => [keys.all("tags")]);
liveEffects.on("field.*", () => [keys.all("fields")]);
