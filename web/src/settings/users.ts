import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { type List, type Page, useList } from "@/api/queries";
import { useSession } from "@/api/session";
import type { FilterParams } from "@/lib/filters";
import { t } from "@/messages";
import { call, fetchPage } from "@/records/wire";
import { toast } from "@/ui/toast";
import { covers } from "./permissions";
import type { Role, User, UserStatus } from "./types";

export interface UserParams {
  q?: string | undefined;
  filters?: FilterParams | undefined;
  sort?: string | undefined;
}

export function useUsers({ q, filters, sort }: UserParams): List<User> {
  return useList<User>(keys.list("users", { for: "page", q, filters, sort }), (cursor, signal) =>
    fetchPage<User>("/users", { ...filters, q, sort, limit: "50" }, cursor, signal),
  );
}

/** People who wait to be let in, the longest waiting first. */
export const pendingKey = keys.list("users", { for: "pending" });

export function usePending(enabled: boolean): List<User> {
  return useList<User>(
    pendingKey,
    (cursor, signal) =>
      fetchPage<User>(
        "/users",
        { status: "pending", sort: "createdAt", limit: "50" },
        cursor,
        signal,
      ),
    { enabled },
  );
}

type UserPages = InfiniteData<Page<User>>;

/** Changes one user wherever it is listed; null takes it off the list of those who wait. */
function show(queries: QueryClient, id: string, change: Partial<User>): void {
  queries.setQueriesData<unknown>({ queryKey: keys.lists("users") }, (old: unknown) => {
    if (!isUserPages(old)) return old;
    return {
      ...old,
      pages: old.pages.map((page) => ({
        ...page,
        data: page.data.map((user) => (user.id === id ? { ...user, ...change } : user)),
      })),
    };
  });
  queries.setQueryData<UserPages>(pendingKey, (old) =>
    old && change.status && change.status !== "pending"
      ? {
          ...old,
          pages: old.pages.map((page) => ({
            ...page,
            data: page.data.filter((user) => user.id !== id),
          })),
        }
      : old,
  );
}

function isUserPages(value: unknown): value is UserPages {
  const pages = (value as UserPages | undefined)?.pages;
  const first = Array.isArray(pages) ? pages[0]?.data[0] : undefined;
  return first !== undefined && "teamIds" in first && "email" in first;
}

/** Writes about users that show at once and are taken back when they fail. */
export function useUserWrites() {
  const queries = useQueryClient();
  const settle = (id?: string) => {
    void queries.invalidateQueries({ queryKey: keys.lists("users") });
    if (id) void queries.invalidateQueries({ queryKey: keys.one("users", id) });
  };

  const attempt = async (id: string, change: Partial<User>, write: () => Promise<unknown>) => {
    await queries.cancelQueries({ queryKey: keys.lists("users") });
    show(queries, id, change);
    try {
      await write();
      return true;
    } catch (error) {
      toast.failed(t("settings.notSaved"), error);
      return false;
    } finally {
      settle(id);
    }
  };

  const setStatus = (user: User, status: UserStatus, roleId?: string) =>
    attempt(user.id, { status }, () =>
      call("PUT", `/users/${user.id}/status`, {
        body: { status, ...(roleId && roleId !== user.roleId ? { roleId } : {}) },
      }),
    );

  return {
    async approve(user: User, roleId?: string): Promise<void> {
      if (await setStatus(user, "approved", roleId)) {
        toast.done(t("settings.users.approved", { name: user.name }));
      }
    },
    async reject(user: User): Promise<void> {
      if (await setStatus(user, "rejected")) {
        toast.done(t("settings.users.rejected", { name: user.name }));
      }
    },
    async deactivate(user: User): Promise<void> {
      if (await setStatus(user, "deactivated")) {
        toast.undo(t("settings.users.deactivated", { name: user.name }), () => {
          void setStatus(user, "approved");
        });
      }
    },
    async setAvailable(user: User, available: boolean): Promise<void> {
      await attempt(user.id, { available }, () =>
        call("PUT", `/users/${user.id}/availability`, { body: { available } }),
      );
    },
    async remove(user: User): Promise<void> {
      try {
        await call("DELETE", `/users/${user.id}`);
        toast.done(t("settings.users.deleted", { name: user.name }));
      } catch (error) {
        toast.failed(t("settings.notDeleted"), error);
      }
      settle();
    },
  };
}

/** What the person at the screen may do with roles and with the users who have them. */
export function useRank(roles: readonly Role[]) {
  const { user: me } = useSession();
  const mine = new Set(me.permissions);
  const byId = new Map(roles.map((role) => [role.id, role]));
  return {
    /** Roles that staff can have, with those one may give. */
    choices: roles
      .filter((role) => role.key !== "customer")
      .map((role) => ({ role, mayGive: covers(mine, role.permissions) })),
    /** A user who may do more than oneself is out of reach. */
    outranks: (user: User) => {
      const role = byId.get(user.roleId);
      return user.id !== me.id && role !== undefined && !covers(mine, role.permissions);
    },
    isMe: (user: User) => user.id === me.id,
  };
}
