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

function useHits(name: "records" | "messages", q: string, kind: SearchHit["kind"][]) {
  return useQuery({
    queryKey: ["search", name, q],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/search", { params: { query: { q, kind, limit: 12 } }, signal })),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/**
 * What matches what is typed; older hits stay while newer ones are asked for. Messages are asked for
 * beside records, because there are many more of them: who looks for a customer need not wait.
 */
export function useSearch(typed: string) {
  const q = useSettled(typed.trim());
  const records = useHits("records", q, ["customer", "order", "product", "ticket"]);
  const messages = useHits("messages", q, ["message"]);
  return {
    hits: [...(records.data?.data ?? []), ...(messages.data?.data ?? [])],
    isFetching: records.isFetching || messages.isFetching,
    isError: records.isError || messages.isError,
  };
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
