import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";

export const commerceRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/orders",
    component: lazyRouteComponent(() => import("./OrdersScreen"), "OrdersScreen"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/products",
    component: lazyRouteComponent(() => import("./ProductsScreen"), "ProductsScreen"),
  }),
] as const;
