/** What the address of a list keeps: words, filters, order, and whether something new is being made. */
export interface ListSearch {
  q?: string | undefined;
  filters?: string | undefined;
  sort?: string | undefined;
  new?: boolean | undefined;
}

/** What the address of a record's page keeps: the panel that is open. */
export interface RecordSearch {
  tab?: string | undefined;
}

/** A number typed into the address is text here: "?q=12835". */
function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export function listSearch(search: Record<string, unknown>): ListSearch {
  const { q, filters, sort } = search;
  return {
    ...(text(q) ? { q: text(q) } : {}),
    ...(text(filters) ? { filters: text(filters) } : {}),
    ...(text(sort) ? { sort: text(sort) } : {}),
    ...(search.new === true || search.new === 1 ? { new: true } : {}),
  };
}

export function recordSearch(search: Record<string, unknown>): RecordSearch {
  return text(search.tab) ? { tab: text(search.tab) } : {};
}
