import { expect, test } from "vitest";
import { en } from "./en";
import { fill, t } from "./index";

test("names in braces are filled in, numbers as people write them", () => {
  expect(t("ui.progress", { done: 1240, total: 8000 })).toBe("1,240 of 8,000");
});

test("the form follows the count", () => {
  const apples = { one: "{count} apple", other: "{count} apples" };
  expect(fill(apples, { count: 1 })).toBe("1 apple");
  expect(fill(apples, { count: 0 })).toBe("0 apples");
});

test("no message is empty", () => {
  for (const [key, message] of Object.entries(en)) {
    const text = typeof message === "string" ? message : message.other;
    expect(text.trim(), key).not.toBe("");
  }
});
