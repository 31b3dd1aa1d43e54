import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { appRoute } from "@/app/layout";
import "./live";

/** What the address of a settings page keeps. */
export interface SettingsSearch {
  q?: string | undefined;
  filters?: string | undefined;
  sort?: string | undefined;
  /** The record whose window is open. */
  open?: string | undefined;
  /** The window for a new record is open. */
  new?: 1 | undefined;
  /** Whose custom fields are shown. */
  object?: string | undefined;
  /** Which background work is shown. */
  state?: string | undefined;
}

function text(value: unknown): string | undefined {
  const known = typeof value === "string" || typeof value === "number";
  return known ? String(value) || undefined : undefined;
}

function settingsSearch(search: Record<string, unknown>): SettingsSearch {
  const kept: SettingsSearch = {};
  for (const name of ["q", "filters", "sort", "open", "object", "state"] as const) {
    const value = text(search[name]);
    if (value !== undefined) kept[name] = value;
  }
  if (search.new !== undefined) kept.new = 1;
  return kept;
}

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./SettingsScreen"), "SettingsScreen"),
});

const indexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/workspace", search: {}, replace: true });
  },
});

const pages = [
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "workspace",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./WorkspacePage"), "WorkspacePage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "users",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./UsersPage"), "UsersPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "approvals",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./ApprovalsPage"), "ApprovalsPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "roles",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./RolesPage"), "RolesPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "teams",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./TeamsPage"), "TeamsPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "fields",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./FieldsPage"), "FieldsPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "tags",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./TagsPage"), "TagsPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "escalation",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./EscalationPage"), "EscalationPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "mail",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./MailPage"), "MailPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "jobs",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./JobsPage"), "JobsPage"),
  }),
  createRoute({
    getParentRoute: () => settingsRoute,
    path: "audit",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import("./AuditPage"), "AuditPage"),
  }),
] as const;

export const settingsRoutes = [settingsRoute.addChildren([indexRoute, ...pages])] as const;
