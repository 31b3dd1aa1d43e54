import { useQuery } from "@tanstack/react-query";
import Plus from "lucide-react/icons/plus";
import ShieldCheck from "lucide-react/icons/shield-check";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { usePlace } from "./place";
import { asList, permissionsQuery, rolesQuery } from "./queries";
import { RoleDialog } from "./RoleDialog";
import { RolesMatrix } from "./RolesMatrix";

const none: readonly never[] = [];

/** What every role may do, side by side. */
export function RolesPage(): ReactNode {
  const can = useCan();
  const { search, go } = usePlace();
  const roles = useQuery(rolesQuery);
  const permissions = useQuery(permissionsQuery);
  const both = asList({
    data: roles.data && permissions.data ? roles.data : undefined,
    isPending: roles.isPending || permissions.isPending,
    error: roles.error ?? permissions.error,
    refetch: () => {
      void roles.refetch();
      void permissions.refetch();
    },
  });
  const mayWrite = can("roles:write");
  return (
    <Screen
      title={t("settings.roles.title")}
      actions={
        mayWrite && (
          <Button look="primary" icon={Plus} onClick={() => go({ new: 1 })}>
            {t("settings.roles.new")}
          </Button>
        )
      }
    >
      <ListStates
        list={both}
        firstUse={
          <EmptyState icon={ShieldCheck} title={t("settings.roles.none")}>
            {t("settings.roles.noneHint")}
          </EmptyState>
        }
      >
        <RolesMatrix
          roles={roles.data ?? none}
          permissions={permissions.data ?? none}
          mayWrite={mayWrite}
          onEdit={(role) => go({ open: role.id })}
        />
      </ListStates>
      <RoleDialog
        roles={roles.data ?? none}
        openId={mayWrite ? search.open : undefined}
        isNew={mayWrite && search.new === 1}
        onClose={() => go({ open: undefined, new: undefined })}
      />
    </Screen>
  );
}
