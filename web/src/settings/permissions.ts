import type { Permission, Role } from "./types";

const ownSuffix = "_own";

/** Whether a set of permissions holds one: x:y_all also gives x:y_own, as on the server. */
export function holds(held: ReadonlySet<string>, name: string): boolean {
  if (held.has(name)) return true;
  if (name.endsWith(ownSuffix)) return holds(held, name.slice(0, -ownSuffix.length));
  return held.has(`${name}_all`);
}

/** Whether everything in `wanted` is held; only then may it be handed on. */
export function covers(held: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return wanted.every((name) => holds(held, name));
}

/** The permissions of one resource, for a part of the matrix: "tickets". */
export interface PermissionGroup {
  resource: string;
  permissions: Permission[];
}

/** Permissions by resource, in the order of the catalogue. */
export function groupPermissions(all: readonly Permission[]): PermissionGroup[] {
  const groups = new Map<string, Permission[]>();
  for (const permission of all) {
    const resource = permission.name.split(":")[0] ?? "";
    groups.set(resource, [...(groups.get(resource) ?? []), permission]);
  }
  return [...groups].map(([resource, permissions]) => ({ resource, permissions }));
}

/** What a cell of the matrix is to the person who looks at it. */
export interface Cell {
  on: boolean;
  /** Comes with another permission and not by itself. */
  implied: boolean;
  /** Why it cannot be changed; undefined when it can. */
  reason?: "fixed" | "exceeds" | "notHeld" | "implied" | "noRight" | undefined;
}

export function cellOf(
  role: Role,
  permission: string,
  mine: ReadonlySet<string>,
  mayWrite: boolean,
): Cell {
  const held = new Set(role.permissions);
  const on = holds(held, permission);
  const implied = on && !held.has(permission);
  return { on, implied, reason: reasonOf() };

  function reasonOf(): Cell["reason"] {
    if (role.fixed) return "fixed";
    if (!mayWrite) return "noRight";
    if (!covers(mine, role.permissions)) return "exceeds";
    if (!holds(mine, permission)) return "notHeld";
    return implied ? "implied" : undefined;
  }
}

/** The role with a permission given or taken. */
export function toggled(role: Role, permission: string, on: boolean): Role {
  const others = role.permissions.filter((p) => p !== permission);
  return { ...role, permissions: on ? [...others, permission].sort() : others };
}
