import { describe, expect, it } from "vitest";
import { makePassword } from "./passwords";

describe("makePassword", () => {
  it("meets every rule of a policy", () => {
    for (let i = 0; i < 50; i++) {
      const made = makePassword({ minLength: 20 });
      expect(made).toHaveLength(20);
      expect(made).toMatch(/[A-Z]/);
      expect(made).toMatch(/[0-9]/);
      expect(made).toMatch(/[^A-Za-z0-9]/);
    }
  });
  it("is never the same twice", () => {
    expect(makePassword()).not.toBe(makePassword());
  });
});
