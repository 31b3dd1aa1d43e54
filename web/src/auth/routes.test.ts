import { describe, expect, test } from "vitest";
import { ownPath } from "./routes";

describe("where sign-in leads", () => {
  test.each(["/inbox", "/inbox/all?q=a#b", "/customers/1?to=//x", "/a//b"])(
    "%s is a place of the app",
    (to) => {
      expect(ownPath(to)).toBe(to);
    },
  );

  test.each([
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "///evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\\\\evil.example",
    "evil.example",
    "@evil.example",
    "//evil。example",
    "//xn--e1awd7f.example",
    "",
    null,
    undefined,
    1,
    ["/inbox"],
  ])("%s is none", (to) => {
    expect(ownPath(to)).toBeUndefined();
  });
});
