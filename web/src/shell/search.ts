import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type Schema, unwrap } from "@/api/client";

export type SearchHit = Schema<"SearchHit">;

/** Waits until typing pauses, so that each letter is not a request (ms). */
const pauseOfTyping = 120;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseOfTyping);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** Records that match what is typed; older ones stay while newer ones are asked for. */
export function useSearch(typed: string) {
  const q = useSettled(typed.trim());
  return useQuery({
    queryKey: ["search", q],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/search", { params: { query: { q, limit: 12 } }, signal })),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** Where each kind of record is shown. */
export function pathOf(hit: SearchHit): string {
  switch (hit.kind) {
    case "customer":
      return `/customers/${hit.id}`;
    case "order":
      return `/orders/${hit.id}`;
    case "product":
      return `/products/${hit.id}`;
    case "ticket":
    case "message":
      return `/inbox/${hit.id}`;
  }
}
