import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";
import { listSearch, recordSearch } from "@/records/search";
import "./live";

export const customerRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/customers",
    validateSearch: listSearch,
    component: lazyRouteComponent(() => import("./CustomersScreen"), "CustomersScreen"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/customers/$customerId",
    validateSearch: recordSearch,
    component: lazyRouteComponent(() => import("./CustomerScreen"), "CustomerScreen"),
  }),
] as const;
