import { describe, expect, test } from "vitest";
import { explain, fieldOf, OfflineError, splitProblems, toApiError } from "./errors";

const problem = (body: unknown, init: ResponseInit) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), init);

describe("toApiError", () => {
  test("reads a problem document", async () => {
    const error = await toApiError(
      problem(
        {
          title: "Some fields are wrong",
          status: 422,
          code: "invalid",
          detail: "Two fields need another look.",
          requestId: "01ABC",
          errors: [{ location: "body.email", message: "Not an e-mail." }, { nonsense: true }],
        },
        { status: 422, headers: { "Retry-After": "3" } },
      ),
    );
    expect(error).toMatchObject({
      status: 422,
      code: "invalid",
      requestId: "01ABC",
      retryAfter: 3,
      errors: [{ location: "body.email", message: "Not an e-mail." }],
    });
    expect(explain(error)).toBe("Two fields need another look.");
  });

  test("makes do with a page from a proxy", async () => {
    const error = await toApiError(
      problem("<h1>Bad gateway</h1>", {
        status: 502,
        statusText: "Bad Gateway",
        headers: { "X-Request-Id": "r1" },
      }),
    );
    expect(error).toMatchObject({
      status: 502,
      code: "http_502",
      title: "Bad Gateway",
      requestId: "r1",
    });
  });
});

test("a location names its field", () => {
  expect(fieldOf("body.address.city")).toBe("address.city");
  expect(fieldOf("query.limit")).toBe("limit");
  expect(fieldOf("body")).toBe("");
  expect(fieldOf("bodyText")).toBe("bodyText");
});

test("problems go to the fields shown, the rest stays readable", () => {
  const problems = [
    { location: "body.email", message: "Not an e-mail." },
    { location: "body.email", message: "Too short." },
    { location: "body.workspace.name", message: "Missing." },
    { location: "", message: "Something else." },
  ];
  expect(splitProblems(problems, new Set(["email"]))).toEqual({
    fields: { email: "Not an e-mail." },
    rest: ["workspace.name: Missing.", "Something else."],
  });
});

test("being offline is explained without codes", () => {
  expect(explain(new OfflineError())).toMatch(/could not be reached/);
});
