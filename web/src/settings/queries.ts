import { queryOptions } from "@tanstack/react-query";
import { ApiError, isStatus } from "@/api/errors";
import { keys } from "@/api/keys";
import { t } from "@/messages";
import { call, callTagged, type Tagged } from "@/records/wire";
import type {
  Colleague,
  Contact,
  CustomField,
  FieldObject,
  Permission,
  Role,
  Team,
  WorkspaceSettings,
} from "./types";

type Rows<T> = { data: T[] };

export const settingsQuery = queryOptions({
  queryKey: keys.all("settings"),
  queryFn: ({ signal }) => callTagged<WorkspaceSettings>("GET", "/settings", { signal }),
});

export const rolesQuery = queryOptions({
  queryKey: keys.list("roles"),
  queryFn: async ({ signal }) => (await call<Rows<Role>>("GET", "/roles", { signal })).data,
});

export const permissionsQuery = queryOptions({
  queryKey: keys.list("permissions"),
  queryFn: async ({ signal }) =>
    (await call<Rows<Permission>>("GET", "/permissions", { signal })).data,
  staleTime: Number.POSITIVE_INFINITY,
});

export const teamsQuery = queryOptions({
  queryKey: keys.list("teams", { for: "settings" }),
  queryFn: async ({ signal }) => (await call<Rows<Team>>("GET", "/teams", { signal })).data,
});

/** Everybody who can be put into a team or named in the audit log. */
export const directoryQuery = queryOptions({
  queryKey: keys.list("users", { for: "directory" }),
  queryFn: async ({ signal }) =>
    (await call<Rows<Colleague>>("GET", "/users/directory", { signal })).data,
});

/** How many people wait for approval; more than a page is shown as its size. */
export const pendingLimit = 50;

export const pendingCountQuery = queryOptions({
  queryKey: keys.list("users", { for: "pendingCount" }),
  queryFn: async ({ signal }) => {
    const answer = await call<Rows<unknown>>("GET", "/users", {
      query: { status: "pending", limit: String(pendingLimit) },
      signal,
    });
    return answer.data.length;
  },
});

export function fieldsQuery(object: FieldObject) {
  return queryOptions({
    queryKey: keys.list("fields", { for: "settings", object }),
    queryFn: async ({ signal }) => {
      const { data } = await call<Rows<CustomField>>("GET", "/fields", {
        query: { object },
        signal,
      });
      return data.sort((a, b) => a.position - b.position);
    },
  });
}

export const contactsQuery = queryOptions({
  queryKey: keys.list("escalation-contacts"),
  queryFn: async ({ signal }) =>
    (await call<Rows<Contact>>("GET", "/escalation-contacts", { signal })).data,
});

/** A short list that comes in one piece, as ListStates wants it. */
export function asList<T>(query: {
  data: readonly T[] | undefined;
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
}): { rows: readonly T[]; isFirstLoad: boolean; error: unknown; reload: () => void } {
  return {
    rows: query.data ?? [],
    isFirstLoad: query.isPending,
    error: query.error,
    reload: () => void query.refetch(),
  };
}

/**
 * Writes a patch over a record as it was shown. When someone else wrote other
 * fields meanwhile, both changes stand. When it was the same field, the refusal
 * says what is there now, and `base` of the next call decides: saving again
 * writes over it.
 */
export async function saveOver<T extends object>(
  method: "PUT" | "PATCH",
  path: string,
  patch: Record<string, unknown>,
  base: Tagged<T>,
  hooks: { labelOf: (field: string) => string; onFresh: (fresh: Tagged<T>) => void },
): Promise<Tagged<T>> {
  try {
    return await callTagged<T>(method, path, { body: patch, etag: base.etag });
  } catch (error) {
    if (!isStatus(error, 412)) throw error;
    const fresh = await callTagged<T>("GET", path);
    hooks.onFresh(fresh);
    const same = Object.keys(patch).filter(
      (field) => text(read(base.value, field)) !== text(read(fresh.value, field)),
    );
    if (same.length === 0) {
      return callTagged<T>(method, path, { body: patch, etag: fresh.etag });
    }
    const there = same
      .map((field) =>
        t("settings.changedTo", {
          field: hooks.labelOf(field),
          value: plain(read(fresh.value, field)),
        }),
      )
      .join(" ");
    throw new ApiError({ ...error, detail: t("settings.changedMeanwhile", { changes: there }) });
  }
}

/**
 * What a form's write is checked against: the newest version that is known, as
 * long as nobody but the form itself touched its fields since they were shown.
 */
export function baseFor<T extends object>(
  patch: Record<string, unknown>,
  shown: Tagged<T>,
  latest: Tagged<T> | undefined,
): Tagged<T> {
  if (!latest) return shown;
  const untouched = Object.entries(patch).every(([field, mine]) => {
    const there = text(read(latest.value, field));
    return there === text(read(shown.value, field)) || there === text(mine);
  });
  return untouched ? latest : shown;
}

function read(record: object, field: string): unknown {
  return (record as Record<string, unknown>)[field];
}

function text(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value || "–" : text(value);
}
