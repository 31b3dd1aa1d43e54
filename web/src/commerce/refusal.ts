import { ApiError, type FieldProblem } from "@/api/errors";

/** A refusal of what was typed, made here and shown as the server's would be. */
export function refusals(problems: readonly FieldProblem[]): ApiError {
  const errors = problems.map((p) => ({ ...p, location: `body.${p.location}` }));
  return new ApiError({
    status: 422,
    code: "invalid",
    title: errors[0]?.message ?? "",
    detail: "",
    errors,
    requestId: "",
    retryAfter: 0,
  });
}

export function refusal(field: string, message: string): ApiError {
  return refusals([{ location: field, message }]);
}
