import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { SkeletonRows } from "@/ui/states";

export function OrdersScreen(): ReactNode {
  return (
    <Screen title={t("commerce.orders")}>
      <SkeletonRows />
    </Screen>
  );
}
