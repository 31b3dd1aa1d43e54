import { QueryClient, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError } from "./errors";

/** Retrying a refusal only repeats it; an unreachable or busy server deserves two more tries. */
function retry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.status < 500 && error.status !== 429) return false;
  return failures < 2;
}

function retryDelay(attempt: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfter * 1000 : 0;
  return Math.min(Math.max(asked, 500 * 2 ** attempt), 10_000);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events refresh what changed, so age alone is a weak reason to ask again.
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry,
        retryDelay,
      },
      mutations: { retry: false },
    },
  });
}

/** The shape of every list in the API. */
export interface Page<T> {
  data: T[];
  page: { next?: string | undefined; limit: number };
  total?: number | undefined;
}

export interface List<T> {
  rows: T[];
  total: number | undefined;
  /** Nothing has arrived yet. */
  isFirstLoad: boolean;
  /** Rows are shown while newer ones are asked for. */
  isRefreshing: boolean;
  error: unknown;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

/** A list paged by cursor. Old rows stay while new filters load: a list is never blanked. */
export function useList<T>(
  queryKey: QueryKey,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  options: { enabled?: boolean } = {},
): List<T> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.page.next || undefined,
    placeholderData: (previous) => previous,
    enabled: options.enabled ?? true,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.data) ?? [], [query.data]);
  return {
    rows,
    total: query.data?.pages[0]?.total,
    isFirstLoad: query.isPending,
    isRefreshing: query.isFetching && !query.isPending && !query.isFetchingNextPage,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    reload: () => {
      void query.refetch();
    },
  };
}
