import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/layout";

const at = { getParentRoute: () => rootRoute } as const;

/**
 * A place in this app to return to; anything else could lead a person astray. The browser's own reading decides:
 * it drops tabs and takes a backslash for a slash.
 */
export function ownPath(to: unknown): string | undefined {
  if (typeof to !== "string" || !to.startsWith("/")) return undefined;
  try {
    const { origin, pathname, search, hash } = new URL(to, location.origin);
    const path = pathname + search + hash;
    return origin === location.origin && !path.startsWith("//") ? path : undefined;
  } catch {
    return undefined;
  }
}

export const signInRoute = createRoute({
  ...at,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { to?: string | undefined } => ({
    to: ownPath(search.to),
  }),
  component: lazyRouteComponent(() => import("./SignIn"), "SignIn"),
});

export const authRoutes = [
  signInRoute,
  createRoute({
    ...at,
    path: "/sign-up",
    component: lazyRouteComponent(() => import("./SignUp"), "SignUp"),
  }),
  createRoute({
    ...at,
    path: "/waiting-for-approval",
    component: lazyRouteComponent(() => import("./SignUp"), "WaitingForApproval"),
  }),
  createRoute({
    ...at,
    path: "/forgot-password",
    component: lazyRouteComponent(() => import("./ForgotPassword"), "ForgotPassword"),
  }),
  createRoute({
    ...at,
    path: "/reset-password/$token",
    component: lazyRouteComponent(() => import("./ResetPassword"), "ResetPassword"),
  }),
] as const;
