import { describe, expect, it } from "vitest";
import { bodyOf, keyFrom, moved, nextPosition, valuesOf } from "./fieldForm";

const blank = valuesOf();

describe("bodyOf", () => {
  it("sends only the rules that the type has", () => {
    const typed = { ...blank, label: " Size ", "rules.min": "1", "rules.pattern": "[A-Z]" };
    expect(bodyOf({ ...typed, type: "number" }).rules).toEqual({ min: 1 });
    expect(bodyOf({ ...typed, type: "text" }).rules).toEqual({ pattern: "[A-Z]" });
    expect(bodyOf({ ...typed, type: "boolean" }).rules).toEqual({});
    expect(bodyOf({ ...typed, type: "number" }).label).toBe("Size");
  });
  it("gives the default its type, and none when nothing is typed", () => {
    expect(bodyOf({ ...blank, type: "number", default: "4" }).default).toBe(4);
    expect(bodyOf({ ...blank, type: "boolean", default: "false" }).default).toBe(false);
    expect(bodyOf({ ...blank, type: "text", default: "4" }).default).toBe("4");
    expect(bodyOf(blank).default).toBeNull();
  });
  it("reads one option from each line", () => {
    expect(bodyOf({ ...blank, type: "list", options: "Red\n\n Green \n" }).options).toEqual([
      "Red",
      "Green",
    ]);
    expect(bodyOf(blank)).not.toHaveProperty("options");
  });
});

describe("keyFrom", () => {
  it("makes what the server takes as a key", () => {
    expect(keyFrom("Shoe size (EU)")).toBe("shoeSizeEu");
    expect(keyFrom("Größe")).toBe("groE");
    expect(keyFrom("2nd address")).toBe("ndAddress");
    expect(keyFrom("数量")).toBe("");
  });
});

describe("moved", () => {
  const rows = [
    { id: "a", position: 10 },
    { id: "b", position: 20 },
    { id: "c", position: 30 },
  ];
  it("changes only the two that swap", () => {
    const answer = moved(rows, "c", -1);
    expect(answer?.rows.map((r) => r.id)).toEqual(["a", "c", "b"]);
    expect(answer?.changed.map((r) => r.id)).toEqual(["c", "b"]);
  });
  it("stays within the list", () => {
    expect(moved(rows, "a", -1)).toBeNull();
    expect(moved(rows, "c", 1)).toBeNull();
    expect(moved(rows, "x", 1)).toBeNull();
  });
  it("gives places to rows that never had any", () => {
    const flat = rows.map((r) => ({ ...r, position: 0 }));
    expect(moved(flat, "a", 1)?.changed).toHaveLength(3);
  });
});

describe("nextPosition", () => {
  it("is behind the last", () => {
    expect(nextPosition([])).toBe(10);
    expect(nextPosition([{ position: 40 }, { position: 20 }])).toBe(50);
  });
});
