import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { Named } from "./types";
import { call } from "./wire";

const none: readonly Named[] = [];

/** Colleagues who may own and be given things. */
export function useColleagues(): readonly Named[] {
  const query = useQuery({
    queryKey: keys.list("users", { directory: true }),
    queryFn: async ({ signal }) =>
      (await call<{ data: Named[] }>("GET", "/users/directory", { signal })).data,
    staleTime: 5 * 60_000,
  });
  return query.data ?? none;
}

/** The groups of customers that people put together by hand. */
export function useGroups(): readonly Named[] {
  const query = useQuery({
    queryKey: keys.list("groups"),
    queryFn: ({ signal }) =>
      call<{ data: Named[] }>("GET", "/groups", { query: { limit: "200" }, signal }),
    staleTime: 5 * 60_000,
  });
  return query.data?.data ?? none;
}
