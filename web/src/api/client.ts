import createClient from "openapi-fetch";
import { randomId } from "@/lib/id";
import { recall, remember } from "@/lib/storage";
import { OfflineError, toApiError } from "./errors";
import { renewSession } from "./renew";
import type { components, paths } from "./schema";

export const apiBase = "/api/v1";

/** A named shape of the OpenAPI file: `Schema<"Session">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** Operations whose 401 is their answer, not a sign that the session needs renewing. */
const ownAnswer =
  /\/(?:auth\/(?:login|register|refresh-token|forgot-password|reset-password|logout)|setup)(?:\/|$)/;

/** Remembers which workspace this browser works in; null lets the server decide. */
export function chooseWorkspace(slug: string | null): void {
  remember("workspace", slug);
}

/** Headers that every request carries beside its own. */
export function standingHeaders(): Record<string, string> {
  const workspace = recall("workspace");
  return workspace ? { "X-Workspace": workspace } : {};
}

async function attempt(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new OfflineError(error);
  }
}

/**
 * Sends a request with the session's cookie. A 401 renews the session once and
 * asks again with the same Idempotency-Key, so a write happens at most once.
 */
export async function send(input: Request): Promise<Response> {
  const headers = new Headers(input.headers);
  for (const [name, value] of Object.entries(standingHeaders())) headers.set(name, value);
  if (input.method === "POST" && !headers.has("Idempotency-Key")) {
    headers.set("Idempotency-Key", randomId());
  }
  const request = new Request(input, { headers, credentials: "same-origin" });
  const again = request.clone();
  const startedAt = Date.now();
  const response = await attempt(request);
  if (response.status !== 401 || ownAnswer.test(new URL(request.url).pathname)) return response;
  return (await renewSession(startedAt)) ? attempt(again) : response;
}

export const api = createClient<paths>({ baseUrl: apiBase, fetch: send });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's body; a refusal is thrown as an ApiError. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  return (await unwrapTagged(answer)).value;
}

/** The answer's body with its ETag, to send back with ifMatch(). */
export async function unwrapTagged<T>(
  answer: Promise<Answer<T>>,
): Promise<{ value: T; etag: string }> {
  const { data, response } = await answer;
  if (!response.ok) throw await toApiErrorOnce(response);
  return { value: data as T, etag: response.headers.get("ETag") ?? "" };
}

/** Headers that make a write fail with 412 when someone else wrote meanwhile. */
export function ifMatch(etag: string): Record<string, string> {
  return etag ? { "If-Match": etag } : {};
}

const failed = new WeakMap<Response, ReturnType<typeof toApiError>>();

api.use({
  // openapi-fetch reads the body of a failed response; the error is made before that.
  onResponse({ response }) {
    if (!response.ok) failed.set(response, toApiError(response));
    return undefined;
  },
});

function toApiErrorOnce(response: Response): ReturnType<typeof toApiError> {
  return failed.get(response) ?? toApiError(response);
}

/**
 * Calls an address that openapi-fetch does not suit: uploads and downloads.
 * `path` starts below /api/v1. Refusals are thrown as ApiErrors.
 */
export async function callRaw(path: string, init?: RequestInit): Promise<Response> {
  const response = await send(new Request(new URL(apiBase + path, location.origin), init));
  if (!response.ok) throw await toApiError(response);
  return response;
}
