import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";
import "./live";

/** What the address keeps besides the view and the ticket. */
export interface InboxSearch {
  /** Words to search for in the view. */
  q?: string | undefined;
  /** Filters as encodeFilters writes them. */
  filter?: string | undefined;
  /** The window for a new ticket is open. */
  new?: 1 | undefined;
  /** Whom the new ticket is for. */
  customerId?: string | undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const inboxRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/inbox",
  validateSearch: (search: Record<string, unknown>): InboxSearch => ({
    q: search.q === undefined ? undefined : text(String(search.q)),
    filter: text(search.filter),
    new: search.new === undefined ? undefined : 1,
    customerId: text(search.customerId),
  }),
  component: lazyRouteComponent(() => import("./InboxScreen"), "InboxScreen"),
});

// The screen above stays while a person walks through views and tickets; these only name addresses.
const viewRoute = createRoute({ getParentRoute: () => inboxRoute, path: "$view" });
const ticketRoute = createRoute({ getParentRoute: () => inboxRoute, path: "$view/$ticketId" });

export const inboxRoutes = [inboxRoute.addChildren([viewRoute, ticketRoute])] as const;
