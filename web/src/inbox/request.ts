import { callRaw, ifMatch } from "@/api/client";
import type { Tagged } from "./types";

type Query = Record<string, string | readonly string[] | undefined>;

/** The address of a path below /api/v1 with its parameters; those that hold several values repeat. */
export function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) params.append(name, one);
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

export async function read<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
  const response = await callRaw(address(path, query), signal ? { signal } : {});
  return (await response.json()) as T;
}

/** Reads one object with its ETag. */
export async function readTagged<T>(path: string, signal?: AbortSignal): Promise<Tagged<T>> {
  return tagged<T>(await callRaw(path, signal ? { signal } : {}));
}

/** Writes, and answers with what the server says is there now; undefined when it says nothing. */
export async function write<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  etag = "",
): Promise<Tagged<T | undefined>> {
  const response = await callRaw(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...ifMatch(etag),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 204) return { value: undefined, etag: "" };
  return tagged<T | undefined>(response);
}

async function tagged<T>(response: Response): Promise<Tagged<T>> {
  const text = await response.text();
  return {
    value: (text === "" ? undefined : JSON.parse(text)) as T,
    etag: response.headers.get("ETag") ?? "",
  };
}
