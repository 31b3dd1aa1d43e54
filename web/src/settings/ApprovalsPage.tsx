import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import CircleCheck from "lucide-react/icons/circle-check";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { LoadMore } from "@/ui/DataTable";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { PendingList } from "./PendingList";
import { settingsQuery } from "./queries";
import { usePending } from "./users";

/** Staff who signed up and wait for somebody to let them in. */
export function ApprovalsPage(): ReactNode {
  const list = usePending(true);
  const settings = useQuery(settingsQuery);
  const closed = settings.data?.value.signUpOpen === false;
  return (
    <Screen title={t("settings.approvals.title")}>
      <ListStates
        list={list}
        firstUse={
          <EmptyState
            live
            icon={CircleCheck}
            title={t("settings.approvals.none")}
            action={
              <Link
                to="/settings/workspace"
                search={{}}
                className="font-medium text-accent-text underline"
              >
                {t("settings.approvals.toSignUp")}
              </Link>
            }
          >
            {closed ? t("settings.approvals.closedHint") : t("settings.approvals.noneHint")}
          </EmptyState>
        }
      >
        <p className="px-4 pt-3 pb-1 text-muted">{t("settings.approvals.hint")}</p>
        <PendingList users={list.rows} />
        <LoadMore list={list} />
      </ListStates>
    </Screen>
  );
}
