import { liveEffects } from "@/live/registry";

/** Where the dashboard's answer is kept. */
export const dashboardKey = ["dashboard"] as const;

for (const subject of ["ticket", "order", "product", "user", "escalation"]) {
  liveEffects.on(`${subject}.*`, () => [dashboardKey]);
}
