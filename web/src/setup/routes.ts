import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { isSetupNeeded, rootRoute } from "@/app/layout";

export const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  loader: async () => ({ needed: await isSetupNeeded() }),
  component: lazyRouteComponent(() => import("./Setup"), "Setup"),
});

export const setupRoutes = [setupRoute] as const;
