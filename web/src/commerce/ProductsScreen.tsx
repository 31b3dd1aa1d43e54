import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { SkeletonRows } from "@/ui/states";

export function ProductsScreen(): ReactNode {
  return (
    <Screen title={t("commerce.products")}>
      <SkeletonRows />
    </Screen>
  );
}
