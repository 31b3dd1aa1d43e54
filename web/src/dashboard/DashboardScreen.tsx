import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { SkeletonRows } from "@/ui/states";

export function DashboardScreen(): ReactNode {
  return (
    <Screen title={t("dashboard.title")}>
      <SkeletonRows />
    </Screen>
  );
}
