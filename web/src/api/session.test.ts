import { expect, test } from "vitest";
import { allows } from "./session";

test("a permission for own or all objects meets the plain one", () => {
  expect(allows(["tickets:read_own"], "tickets:read")).toBe(true);
  expect(allows(["tickets:read_all"], "tickets:read")).toBe(true);
  expect(allows(["tickets:read"], "tickets:read")).toBe(true);
});

test("nothing else does", () => {
  expect(allows(["tickets:read_own"], "tickets:read_all")).toBe(false);
  expect(allows(["tickets:reader"], "tickets:read")).toBe(false);
  expect(allows([], "tickets:read")).toBe(false);
});
