import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { SkeletonRows } from "@/ui/states";

export function SettingsScreen(): ReactNode {
  return (
    <Screen title={t("settings.title")}>
      <SkeletonRows />
    </Screen>
  );
}
