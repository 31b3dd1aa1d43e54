import { callRaw, ifMatch } from "@/api/client";
import type { Page } from "@/api/queries";
import type { FilterParams } from "@/lib/filters";

/** A record with the tag that its next write is checked against. */
export interface Tagged<T> {
  value: T;
  etag: string;
}

export type Params = FilterParams | Record<string, string | string[] | undefined>;

interface Options {
  query?: Params;
  body?: unknown;
  etag?: string | undefined;
  signal?: AbortSignal | undefined;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

function address(path: string, query: Params = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) params.append(name, one);
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** Sends a request and reads its answer with its tag; refusals are thrown as ApiErrors. */
export async function callTagged<T>(
  method: Method,
  path: string,
  { query, body, etag, signal }: Options = {},
): Promise<Tagged<T>> {
  const response = await callRaw(address(path, query), {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(etag ? ifMatch(etag) : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const value = response.status === 204 ? undefined : await response.json();
  return { value: value as T, etag: response.headers.get("ETag") ?? "" };
}

export async function call<T>(method: Method, path: string, options?: Options): Promise<T> {
  return (await callTagged<T>(method, path, options)).value;
}

/** One page of a list, for useList. */
export function fetchPage<T>(
  path: string,
  query: Params,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<T>> {
  return call<Page<T>>("GET", path, { query: { ...query, ...(cursor ? { cursor } : {}) }, signal });
}
