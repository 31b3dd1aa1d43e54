import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import UserPlus from "lucide-react/icons/user-plus";
import Users from "lucide-react/icons/users";
import { type ReactNode, useMemo } from "react";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { decodeFilters, encodeFilters, type FilterField, filterParams } from "@/lib/filters";
import { t } from "@/messages";
import { SearchBox } from "@/records/SearchBox";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, ColumnChooser, DataTable, useColumns } from "@/ui/DataTable";
import { Switch } from "@/ui/Field";
import { FilterBar } from "@/ui/FilterBar";
import { StatusBadge } from "@/ui/marks";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { Time } from "@/ui/values";
import { PendingList } from "./PendingList";
import { usePlace } from "./place";
import { rolesQuery, teamsQuery } from "./queries";
import { type Role, type Team, type User, userStatuses } from "./types";
import { UserDialog } from "./UserDialog";
import { usePending, useRank, useUsers, useUserWrites } from "./users";

const none: readonly never[] = [];

export function statusName(status: User["status"]): string {
  return t(`settings.users.status.${status}`);
}

function filterFields(roles: readonly Role[], teams: readonly Team[]): FilterField[] {
  return [
    {
      id: "status",
      label: t("settings.users.status"),
      type: "option",
      options: userStatuses.map((value) => ({ value, label: statusName(value) })),
    },
    {
      id: "role",
      label: t("settings.users.role"),
      type: "option",
      options: roles
        .filter((r) => r.key !== "customer")
        .map((r) => ({ value: r.key, label: r.name })),
    },
    {
      id: "teamId",
      label: t("settings.users.team"),
      type: "option",
      options: teams.map((team) => ({ value: team.id, label: team.name })),
    },
    { id: "available", label: t("settings.users.available"), type: "boolean" },
  ];
}

/** Everybody who can sign in as staff, and those who would like to. */
export function UsersPage(): ReactNode {
  const can = useCan();
  const mayWrite = can("users:write");
  const { search, go } = usePlace();
  const roles = useQuery(rolesQuery).data ?? none;
  const teams = useQuery(teamsQuery).data ?? none;
  const fields = useMemo(() => filterFields(roles, teams), [roles, teams]);
  const filters = decodeFilters(search.filters, fields);
  const sort = search.sort ?? "name";
  const list = useUsers({ q: search.q, filters: filterParams(filters, fields), sort });
  const pending = usePending(mayWrite);
  const columns = useUserColumns(roles, teams, mayWrite);
  const isFiltered = filters.length > 0 || search.q !== undefined;

  useCommands(
    mayWrite
      ? [
          {
            id: "users.new",
            label: t("settings.users.new"),
            keys: "c",
            group: t("shell.group.list"),
            icon: UserPlus,
            run: () => go({ new: 1 }),
          },
        ]
      : [],
  );

  return (
    <Screen
      title={t("settings.users.title")}
      actions={
        <>
          <SearchBox
            label={t("settings.users.search")}
            hint={t("settings.users.searchHint")}
            value={search.q ?? ""}
            onChange={(q) => go({ q: q || undefined }, true)}
          />
          <ColumnChooser columns={columns} />
          {mayWrite && (
            <Button look="primary" icon={UserPlus} onClick={() => go({ new: 1 })}>
              {t("settings.users.new")}
            </Button>
          )}
        </>
      }
    >
      {pending.rows.length > 0 && (
        <section aria-label={t("settings.approvals.title")} className="border-b bg-sunken">
          <h2 className="px-4 pt-2 pb-1 font-semibold">
            {t("settings.approvals.waiting", { count: pending.rows.length })}
          </h2>
          <PendingList users={pending.rows} />
        </section>
      )}
      <div className="px-3 py-2">
        <FilterBar
          fields={fields}
          filters={filters}
          onChange={(next) => go({ filters: encodeFilters(next) }, true)}
        />
      </div>
      <ListStates
        list={list}
        isFiltered={isFiltered}
        onClearFilters={() => go({ filters: undefined, q: undefined }, true)}
        firstUse={
          <EmptyState icon={Users} title={t("settings.users.none")}>
            {t("settings.users.noneHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("settings.users.title")}
          list={list}
          columns={columns.shown}
          sort={sort}
          onSort={(next) => go({ sort: next }, true)}
          onOpen={(user) => go({ open: user.id })}
        />
      </ListStates>
      <UserDialog
        openId={search.open}
        isNew={search.new === 1 && mayWrite}
        onClose={() => go({ open: undefined, new: undefined })}
      />
    </Screen>
  );
}

function useUserColumns(roles: readonly Role[], teams: readonly Team[], mayWrite: boolean) {
  const writes = useUserWrites();
  const rank = useRank(roles);
  const { search } = usePlace();
  const teamName = new Map(teams.map((team) => [team.id, team.name]));
  const columns: Column<User>[] = [
    {
      id: "name",
      header: t("settings.users.name"),
      sort: "name",
      cell: (user) => (
        <Link
          to="/settings/users"
          search={{ ...search, open: user.id }}
          className="flex items-center gap-2"
        >
          <Avatar name={user.name} size="small" />
          <span dir="auto" className="truncate font-medium">
            {user.name}
          </span>
          {rank.isMe(user) && <Badge>{t("settings.users.you")}</Badge>}
        </Link>
      ),
    },
    {
      id: "email",
      header: t("settings.users.email"),
      sort: "email",
      from: "md",
      cell: (user) => (
        <span dir="ltr" className="text-muted">
          {user.email}
        </span>
      ),
    },
    {
      id: "role",
      header: t("settings.users.role"),
      width: "w-36",
      cell: (user) => <span dir="auto">{user.role.name}</span>,
    },
    {
      id: "status",
      header: t("settings.users.status"),
      width: "w-28",
      cell: (user) => <StatusBadge status={user.status} label={statusName(user.status)} />,
    },
    {
      id: "teams",
      header: t("settings.users.teams"),
      from: "lg",
      width: "w-32",
      cell: (user) => (
        <span dir="auto" className="text-muted">
          {user.teamIds.map((id) => teamName.get(id) ?? "").join(", ")}
        </span>
      ),
    },
    {
      id: "available",
      header: t("settings.users.available"),
      width: "w-32",
      from: "md",
      cell: (user) =>
        user.status === "approved" && (
          <Switch
            label={
              <span className="sr-only">
                {t("settings.users.availableOf", { name: user.name })}
              </span>
            }
            checked={user.available}
            disabled={!mayWrite && !rank.isMe(user)}
            onChange={(event) => void writes.setAvailable(user, event.target.checked)}
            className="w-fit"
          />
        ),
    },
    {
      id: "lastSeen",
      header: t("settings.users.lastSeen"),
      width: "w-28",
      from: "lg",
      align: "end",
      cell: (user) =>
        user.lastSeenAt ? (
          <Time at={user.lastSeenAt} className="text-muted" />
        ) : (
          <span className="text-faint">{t("settings.users.never")}</span>
        ),
    },
    {
      id: "createdAt",
      header: t("settings.users.since"),
      sort: "createdAt",
      width: "w-32",
      from: "lg",
      align: "end",
      hidden: true,
      cell: (user) => <Time at={user.createdAt} className="text-muted" />,
    },
  ];
  return useColumns("users", columns);
}
