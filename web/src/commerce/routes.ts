import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";
import { type ListSearch, listSearch, recordSearch } from "@/records/search";
import "./live";

/** A new order may begin with its customer known. */
export interface OrdersSearch extends ListSearch {
  customerId?: string | undefined;
}

export const commerceRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/orders",
    validateSearch: (search: Record<string, unknown>): OrdersSearch => ({
      ...listSearch(search),
      ...(typeof search.customerId === "string" ? { customerId: search.customerId } : {}),
    }),
    component: lazyRouteComponent(() => import("./OrdersScreen"), "OrdersScreen"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/orders/$orderId",
    validateSearch: recordSearch,
    component: lazyRouteComponent(() => import("./OrderScreen"), "OrderScreen"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/products",
    validateSearch: listSearch,
    component: lazyRouteComponent(() => import("./ProductsScreen"), "ProductsScreen"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/products/$productId",
    component: lazyRouteComponent(() => import("./ProductScreen"), "ProductScreen"),
  }),
] as const;
