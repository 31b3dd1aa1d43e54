import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, type Schema, unwrap } from "./client";

export type Me = Schema<"Me">;
export type Workspace = Schema<"Workspace">;

export interface Session {
  user: Me;
  workspace: Workspace;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => unwrap(api.GET("/auth/me")),
  staleTime: 5 * 60_000,
});

/** Who is signed in. Only below the app's layout, which asks first. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** Puts a fresh sign-in's answer where useSession finds it. */
export function useKeepSession(): (answer: Session) => void {
  const queries = useQueryClient();
  return (answer) => {
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, { user: answer.user, workspace: answer.workspace });
  };
}

/**
 * Whether a person holds a permission. Asking for "tickets:read" is also met by
 * "tickets:read_own" and "tickets:read_all"; the server decides per object.
 */
export function allows(permissions: readonly string[], wanted: string): boolean {
  return permissions.some(
    (held) => held === wanted || held === `${wanted}_own` || held === `${wanted}_all`,
  );
}

export function useCan(): (permission: string) => boolean {
  const { user } = useSession();
  return (permission) => allows(user.permissions, permission);
}
