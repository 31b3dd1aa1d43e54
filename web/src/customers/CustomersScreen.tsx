import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { SkeletonRows } from "@/ui/states";

export function CustomersScreen(): ReactNode {
  return (
    <Screen title={t("customers.title")}>
      <SkeletonRows />
    </Screen>
  );
}
