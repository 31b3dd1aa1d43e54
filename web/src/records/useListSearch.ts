import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import {
  decodeFilters,
  encodeFilters,
  type Filter,
  type FilterField,
  type FilterParams,
  filterParams,
} from "@/lib/filters";
import type { ListSearch } from "./search";

/** Dates without a time of day: they are compared as they are written. */
function isPlainDate(field: FilterField): boolean {
  return field.id === "birthDate" || field.id.startsWith("field.");
}

function asTheyAre(filters: readonly Filter[]): readonly Filter[] {
  return filters;
}

/** A list's words, filters and order, kept in its address. */
export function useListSearch(
  from: "/app/customers" | "/app/orders" | "/app/products",
  fields: readonly FilterField[],
  /** Changes filters into what the API compares, such as amounts in minor units. */
  asSent: (filters: readonly Filter[]) => readonly Filter[] = asTheyAre,
) {
  const search: ListSearch = useSearch({ from });
  const navigate = useNavigate();
  const change = (next: Partial<ListSearch>, replace = false) => {
    const search = (old: ListSearch): ListSearch => ({ ...old, ...next });
    // All three lists keep the same in their address; the router cannot know which one this is.
    void navigate({ to: ".", search: search as never, replace });
  };
  const filters = useMemo(() => decodeFilters(search.filters, fields), [search.filters, fields]);
  const params = useMemo((): FilterParams => {
    const sent = fields.map((f) =>
      f.type === "date" && isPlainDate(f) ? ({ ...f, type: "text" } as const) : f,
    );
    return {
      limit: "50",
      ...filterParams(asSent(filters), sent),
      ...(search.q ? { q: search.q } : {}),
      // What is searched for comes in the order of the search.
      ...(search.sort && !search.q ? { sort: search.sort } : {}),
    };
  }, [filters, fields, asSent, search.q, search.sort]);
  return {
    search,
    fields,
    filters,
    params,
    isFiltered: filters.length > 0 || Boolean(search.q),
    change,
    setFilters: (next: readonly Filter[]) => change({ filters: encodeFilters(next) }),
    clear: () => change({ filters: undefined, q: undefined }),
  };
}
