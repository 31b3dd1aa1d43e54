import { useQuery } from "@tanstack/react-query";
import Check from "lucide-react/icons/check";
import X from "lucide-react/icons/x";
import { type ReactNode, useState } from "react";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/values";
import { rolesQuery } from "./queries";
import { RoleSelect } from "./RoleSelect";
import type { User } from "./types";
import { useRank, useUserWrites } from "./users";

const noRoles: readonly never[] = [];

/** People who asked for an account: one click lets each in or turns them away. */
export function PendingList({ users }: { users: readonly User[] }): ReactNode {
  return (
    <ul aria-label={t("settings.approvals.list")}>
      {users.map((user) => (
        <PendingRow key={user.id} user={user} />
      ))}
    </ul>
  );
}

function PendingRow({ user }: { user: User }): ReactNode {
  const { data: roles } = useQuery(rolesQuery);
  const writes = useUserWrites();
  const rank = useRank(roles ?? noRoles);
  const [roleId, setRoleId] = useState(user.roleId);
  const blocked = rank.outranks(user);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line/60 px-4 py-2">
      <Avatar name={user.name} />
      <div className="min-w-40 flex-1">
        <p dir="auto" className="truncate font-medium">
          {user.name}
        </p>
        <p className="truncate text-sm text-muted">
          <span dir="ltr">{user.email}</span> · <Time at={user.createdAt} />
        </p>
        {blocked && <p className="text-sm text-faint">{t("settings.users.outranks")}</p>}
      </div>
      {roles && (
        <RoleSelect
          aria-label={t("settings.approvals.roleFor", { name: user.name })}
          choices={rank.choices}
          value={roleId}
          disabled={blocked}
          onChange={(event) => setRoleId(event.target.value)}
          className="max-w-48"
        />
      )}
      <span className="flex gap-2">
        <Button
          icon={X}
          disabled={blocked}
          aria-label={t("settings.approvals.rejectOne", { name: user.name })}
          onClick={() => void writes.reject(user)}
        >
          {t("settings.users.reject")}
        </Button>
        <Button
          look="primary"
          icon={Check}
          disabled={blocked}
          aria-label={t("settings.approvals.approveOne", { name: user.name })}
          onClick={() => void writes.approve(user, roleId)}
        >
          {t("settings.users.approve")}
        </Button>
      </span>
    </li>
  );
}
