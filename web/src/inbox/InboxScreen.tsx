import Inbox from "lucide-react/icons/inbox";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { Screen } from "@/ui/Screen";
import { EmptyState } from "@/ui/states";
import { FirstSteps } from "./FirstSteps";

export function InboxScreen(): ReactNode {
  return (
    <Screen title={t("inbox.title")}>
      <EmptyState icon={Inbox} title={t("inbox.empty")}>
        {t("inbox.emptyHint")}
      </EmptyState>
      <FirstSteps />
    </Screen>
  );
}
