import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/layout";

const at = { getParentRoute: () => rootRoute } as const;

/** A place in this app to return to; anything else could lead a person astray. */
function ownPath(to: unknown): string | undefined {
  return typeof to === "string" && /^\/(?![/\\])/.test(to) ? to : undefined;
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
