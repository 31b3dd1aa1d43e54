import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";

export const customerRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/customers",
    component: lazyRouteComponent(() => import("./CustomersScreen"), "CustomersScreen"),
  }),
] as const;
