export const dashboard = {
  "dashboard.title": "Dashboard",
} as const;
