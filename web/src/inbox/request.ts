import { callTagged, type Params, type Tagged } from "@/records/wire";

export type { Tagged } from "@/records/wire";

export async function read<T>(path: string, query: Params, signal?: AbortSignal): Promise<T> {
  return (await callTagged<T>("GET", path, { query, signal })).value;
}

/** Reads one object with its ETag. */
export function readTagged<T>(path: string, signal?: AbortSignal): Promise<Tagged<T>> {
  return callTagged<T>("GET", path, { signal });
}

/** Writes, and answers with what the server says is there now; undefined when it says nothing. */
export function write<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  etag = "",
): Promise<Tagged<T | undefined>> {
  return callTagged<T | undefined>(method, path, { body, etag });
}
