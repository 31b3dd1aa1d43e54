import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";

export const accountRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/account",
    component: lazyRouteComponent(() => import("./AccountScreen"), "AccountScreen"),
  }),
] as const;
