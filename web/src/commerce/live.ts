import type { QueryKey } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { LiveEvent } from "@/live/connection";
import { liveEffects } from "@/live/registry";

/** The record an event is about, or every open one of its kind. */
function record(resource: string, event: LiveEvent): QueryKey {
  const data = (event.data ?? {}) as { objectId?: unknown };
  return typeof data.objectId === "string" ? keys.one(resource, data.objectId) : [resource, "one"];
}

liveEffects.on("order.*", (event) => [keys.lists("orders"), record("orders", event)]);
// A payment names itself and not its order: whichever order is open looks again.
liveEffects.on("transaction.*", () => [keys.all("transactions"), ["orders", "one"]]);
liveEffects.on("product.*", (event) => [keys.lists("products"), record("products", event)]);
