import { useQueryClient } from "@tanstack/react-query";
import Lock from "lucide-react/icons/lock";
import Pencil from "lucide-react/icons/pencil";
import { Fragment, type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { sessionQuery, useSession } from "@/api/session";
import { cx } from "@/lib/cx";
import { fill, t } from "@/messages";
import { en } from "@/messages/en";
import { call } from "@/records/wire";
import { IconButton } from "@/ui/Button";
import { toast } from "@/ui/toast";
import { type Cell, cellOf, groupPermissions, toggled } from "./permissions";
import { rolesQuery } from "./queries";
import type { Permission, Role } from "./types";

/** Gives and takes single permissions: at once on the screen, back again when refused. */
function useToggle() {
  const queries = useQueryClient();
  const show = (id: string, permission: string, on: boolean) => {
    queries.setQueryData(rolesQuery.queryKey, (old) =>
      old?.map((role) => (role.id === id ? toggled(role, permission, on) : role)),
    );
  };
  return async (role: Role, permission: string, on: boolean) => {
    await queries.cancelQueries({ queryKey: rolesQuery.queryKey });
    show(role.id, permission, on);
    try {
      if (on) {
        await call("POST", `/roles/${role.id}/permissions`, {
          body: { permissions: [permission] },
        });
      } else {
        await call("DELETE", `/roles/${role.id}/permissions/${encodeURIComponent(permission)}`);
      }
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    } catch (error) {
      show(role.id, permission, !on);
      toast.failed(t("settings.notSaved"), error);
      void queries.invalidateQueries({ queryKey: rolesQuery.queryKey });
    }
  };
}

/** The resource's own word, for a heading: "tickets" → "Tickets". */
function resourceName(resource: string): string {
  const key = `settings.roles.resource.${resource}`;
  if (key in en) return fill(en[key as keyof typeof en], {});
  return resource.charAt(0).toUpperCase() + resource.slice(1).replaceAll("_", " ");
}

/**
 * Permissions by role. The arrow keys walk over the boxes, so that the whole
 * matrix is one stop of the Tab key.
 */
export function RolesMatrix({
  roles,
  permissions,
  mayWrite,
  onEdit,
}: {
  roles: readonly Role[];
  permissions: readonly Permission[];
  mayWrite: boolean;
  onEdit: (role: Role) => void;
}): ReactNode {
  const { user } = useSession();
  const mine = new Set(user.permissions);
  const toggle = useToggle();
  const table = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const groups = groupPermissions(permissions);
  const rowOf = new Map(permissions.map((p, i) => [p.name, i]));

  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const row = Math.max(0, Math.min(permissions.length - 1, at.row + step.row));
    const column = Math.max(0, Math.min(roles.length - 1, at.column + step.column * forward));
    event.preventDefault();
    setAt({ row, column });
    const box = table.current?.querySelector<HTMLElement>(`[data-at="${row}.${column}"]`);
    box?.focus();
    box?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  return (
    <div className="h-full overflow-auto">
      <table
        ref={table}
        aria-label={t("settings.roles.matrix")}
        className="border-separate border-spacing-0"
      >
        <thead className="sticky top-0 z-20 bg-bg">
          <tr>
            <th
              scope="col"
              className="sticky start-0 z-10 min-w-72 border-b bg-bg px-4 py-2 text-start align-bottom text-sm font-medium text-muted max-sm:min-w-44"
            >
              {t("settings.roles.permission")}
            </th>
            {roles.map((role) => (
              <RoleHead key={role.id} role={role} mayWrite={mayWrite} onEdit={onEdit} />
            ))}
            <td className="w-full border-b" />
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {groups.map((group) => (
            <Fragment key={group.resource}>
              <tr>
                <th
                  scope="rowgroup"
                  className="sticky start-0 bg-bg px-4 pt-4 pb-1 text-start font-semibold"
                >
                  {resourceName(group.resource)}
                </th>
              </tr>
              {group.permissions.map((permission) => {
                const row = rowOf.get(permission.name) ?? 0;
                return (
                  <tr key={permission.name} className="group">
                    <th
                      scope="row"
                      className="sticky start-0 z-10 max-w-96 border-b border-line/60 bg-bg px-4 py-1.5 text-start font-normal group-hover:bg-hover"
                    >
                      {permission.doc}
                      <span className="block font-mono text-xs text-faint">
                        <bdi dir="ltr">{permission.name}</bdi>
                      </span>
                    </th>
                    {roles.map((role, column) => (
                      <td
                        key={role.id}
                        className="border-b border-line/60 px-2 text-center group-hover:bg-hover"
                      >
                        <Box
                          cell={cellOf(role, permission.name, mine, mayWrite)}
                          label={t("settings.roles.cell", {
                            role: role.name,
                            permission: permission.doc,
                          })}
                          place={`${row}.${column}`}
                          isStop={at.row === row && at.column === column}
                          onFocus={() => setAt({ row, column })}
                          onToggle={(on) => void toggle(role, permission.name, on)}
                        />
                      </td>
                    ))}
                    <td className="border-b border-line/60 group-hover:bg-hover" />
                  </tr>
                );
              })}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const steps: Record<string, { row: number; column: number }> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
};

function RoleHead({
  role,
  mayWrite,
  onEdit,
}: {
  role: Role;
  mayWrite: boolean;
  onEdit: (role: Role) => void;
}): ReactNode {
  return (
    <th
      scope="col"
      title={role.description}
      className="w-28 min-w-28 border-b px-2 py-2 align-bottom font-medium"
    >
      <span className="flex flex-col items-center gap-0.5">
        <span dir="auto" className="text-balance">
          {role.name}
        </span>
        <span className="flex min-h-6 items-center gap-1 text-xs font-normal text-faint">
          {role.fixed && <Lock size={11} aria-hidden />}
          {role.fixed
            ? t("settings.roles.fixed")
            : role.builtIn
              ? t("settings.roles.builtIn")
              : t("settings.roles.custom")}
          {mayWrite && !role.fixed && (
            <IconButton
              icon={Pencil}
              size="small"
              label={t("settings.roles.edit", { name: role.name })}
              onClick={() => onEdit(role)}
            />
          )}
        </span>
      </span>
    </th>
  );
}

function reasonText(cell: Cell): string | undefined {
  return cell.reason && t(`settings.roles.reason.${cell.reason}`);
}

/** One box. One that cannot be changed still takes the focus, so that it can say why. */
function Box({
  cell,
  label,
  place,
  isStop,
  onFocus,
  onToggle,
}: {
  cell: Cell;
  label: string;
  place: string;
  isStop: boolean;
  onFocus: () => void;
  onToggle: (on: boolean) => void;
}): ReactNode {
  const reason = reasonText(cell);
  return (
    <label
      title={reason}
      className={cx(
        "inline-flex size-7 items-center justify-center",
        reason && "cursor-not-allowed",
      )}
    >
      <input
        type="checkbox"
        data-at={place}
        tabIndex={isStop ? 0 : -1}
        checked={cell.on}
        aria-disabled={reason ? true : undefined}
        aria-label={reason ? `${label}. ${reason}` : label}
        onFocus={onFocus}
        onChange={(event) => {
          if (!reason) onToggle(event.target.checked);
        }}
        className={cx("size-4 accent-accent", reason && "cursor-not-allowed opacity-50")}
      />
    </label>
  );
}
