import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings",
    component: lazyRouteComponent(() => import("./SettingsScreen"), "SettingsScreen"),
  }),
] as const;
