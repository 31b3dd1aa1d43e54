import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { api, unwrap } from "@/api/client";
import { isStatus } from "@/api/errors";
import { sessionQuery } from "@/api/session";
import { RootFailed, RootMissing } from "./RouteStates";

export interface RouterContext {
  queries: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  errorComponent: RootFailed,
  notFoundComponent: RootMissing,
});

/** Whether this installation has no workspace yet. */
export async function isSetupNeeded(): Promise<boolean> {
  return (await unwrap(api.GET("/setup"))).needed;
}

/** The frame of every screen for people who are signed in. Areas hang their routes below it. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  component: lazyRouteComponent(() => import("@/shell/Shell"), "Shell"),
  errorComponent: RootFailed,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      if (await isSetupNeeded()) throw redirect({ to: "/setup" });
      const to = location.href === "/" || location.href === "/inbox" ? undefined : location.href;
      throw redirect({ to: "/sign-in", search: { to } });
    }
  },
});
