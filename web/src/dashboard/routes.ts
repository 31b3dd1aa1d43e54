import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";
import "./live";

export const dashboardRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/dashboard",
    component: lazyRouteComponent(() => import("./DashboardScreen"), "DashboardScreen"),
  }),
] as const;
