import { t } from "@/messages";

/** One refused field, as the server names it ("body.email", "query.limit"). */
export interface FieldProblem {
  location: string;
  message: string;
}

/** A refusal by the server. `code` is stable and safe to branch on; `detail` is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldProblem[];
  readonly requestId: string;
  /** Seconds to wait before the next try, from Retry-After; 0 when not told. */
  readonly retryAfter: number;

  constructor(fields: {
    status: number;
    code: string;
    title: string;
    detail: string;
    errors: readonly FieldProblem[];
    requestId: string;
    retryAfter: number;
  }) {
    super(fields.detail || fields.title);
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.errors = fields.errors;
    this.requestId = fields.requestId;
    this.retryAfter = fields.retryAfter;
  }
}

/** The server was not reached at all, or what answered was not the API. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
  constructor(cause?: unknown) {
    super(t("ui.offline"), { cause });
  }
}

/** Reads a failed response into an ApiError, whatever its body holds. */
export async function toApiError(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await response.clone().json();
    if (parsed !== null && typeof parsed === "object") body = parsed as Record<string, unknown>;
  } catch {
    // A proxy may answer with a page of its own; the status still tells enough.
  }
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : "");
  return new ApiError({
    status: response.status,
    code: text("code") || `http_${response.status}`,
    title: text("title") || response.statusText || `HTTP ${response.status}`,
    detail: text("detail"),
    errors: fieldProblems(body.errors),
    requestId: text("requestId") || (response.headers.get("X-Request-Id") ?? ""),
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (item === null || typeof item !== "object") return [];
    const { location, message } = item as Record<string, unknown>;
    if (typeof message !== "string") return [];
    return [{ location: typeof location === "string" ? location : "", message }];
  });
}

/** The field that a problem's location means: "body.address.city" → "address.city". */
export function fieldOf(location: string): string {
  return location.replace(/^(?:body|path|query|header)(?:\.|$)/, "");
}

/** Sorts problems into those of fields a form shows and those it does not. */
export function splitProblems(
  problems: readonly FieldProblem[],
  shown: ReadonlySet<string>,
): { fields: Record<string, string>; rest: string[] } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { location, message } of problems) {
    const field = fieldOf(location);
    if (shown.has(field)) fields[field] ??= message;
    else rest.push(field ? `${field}: ${message}` : message);
  }
  return { fields, rest };
}

/** What to tell a person about any failure. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const rest = error.errors.map((e) => e.message);
    return error.detail || rest[0] || error.title;
  }
  return error instanceof Error ? error.message : String(error);
}

export function requestIdOf(error: unknown): string {
  return error instanceof ApiError ? error.requestId : "";
}

export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}
