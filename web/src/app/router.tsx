import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, redirect } from "@tanstack/react-router";
import { accountRoutes } from "@/account/routes";
import { authRoutes } from "@/auth/routes";
import { commerceRoutes } from "@/commerce/routes";
import { customerRoutes } from "@/customers/routes";
import { dashboardRoutes } from "@/dashboard/routes";
import { inboxRoutes } from "@/inbox/routes";
import { settingsRoutes } from "@/settings/routes";
import { setupRoutes } from "@/setup/routes";
import { appRoute, rootRoute } from "./layout";
import { RouteFailed, RouteMissing, RoutePending } from "./RouteStates";

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox" });
  },
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  ...authRoutes,
  ...setupRoutes,
  appRoute.addChildren([
    ...inboxRoutes,
    ...dashboardRoutes,
    ...customerRoutes,
    ...commerceRoutes,
    ...settingsRoutes,
    ...accountRoutes,
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 300,
    defaultPendingMinMs: 200,
    defaultErrorComponent: RouteFailed,
    defaultNotFoundComponent: RouteMissing,
    defaultPendingComponent: RoutePending,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
