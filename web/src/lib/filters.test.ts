import { describe, expect, test } from "vitest";
import {
  decodeFilters,
  encodeFilters,
  type Filter,
  type FilterField,
  filterParams,
} from "./filters";

const fields: FilterField[] = [
  { id: "status", label: "Status", type: "option" },
  { id: "createdAt", label: "Created", type: "date" },
  { id: "total", label: "Total", type: "number" },
  { id: "field.shoe:size", label: "Shoe size", type: "text" },
];

describe("filterParams", () => {
  test("repeats a field that may hold any of several values", () => {
    const filters: Filter[] = [{ field: "status", op: "is", values: ["open", "pending"] }];
    expect(filterParams(filters)).toEqual({ status: ["open", "pending"] });
  });

  test("joins two filters on one field without repeating a value", () => {
    const filters: Filter[] = [
      { field: "status", op: "is", values: ["open"] },
      { field: "status", op: "is", values: ["open", "closed"] },
    ];
    expect(filterParams(filters)).toEqual({ status: ["open", "closed"] });
  });

  test("writes ranges in brackets", () => {
    const filters: Filter[] = [
      { field: "total", op: "gte", values: ["100"] },
      { field: "total", op: "lte", values: ["500"] },
    ];
    expect(filterParams(filters)).toEqual({ "total[gte]": "100", "total[lte]": "500" });
  });

  test("turns days into the first and last moment of the day here", () => {
    const filters: Filter[] = [
      { field: "createdAt", op: "gte", values: ["2026-11-01"] },
      { field: "createdAt", op: "lte", values: ["2026-11-01"] },
    ];
    expect(filterParams(filters, fields)).toEqual({
      "createdAt[gte]": new Date(2026, 10, 1).toISOString(),
      "createdAt[lte]": new Date(2026, 10, 1, 23, 59, 59, 999).toISOString(),
    });
  });

  test("leaves out empty values", () => {
    expect(filterParams([{ field: "status", op: "is", values: [" "] }])).toEqual({});
  });
});

describe("filters in the address", () => {
  test("come back as they were, marks and all", () => {
    const filters: Filter[] = [
      { field: "status", op: "is", values: ["open", "a|b;c:d%3A"] },
      { field: "createdAt", op: "gte", values: ["2026-11-01"] },
      { field: "field.shoe:size", op: "is", values: ["42"] },
    ];
    expect(decodeFilters(encodeFilters(filters), fields)).toEqual(filters);
  });

  test("lose fields and conditions that do not exist", () => {
    expect(decodeFilters("colour:is:red;status:gte:open;status:is:;nonsense", fields)).toEqual([]);
  });

  test("are absent when there are none", () => {
    expect(encodeFilters([])).toBeUndefined();
    expect(decodeFilters(undefined, fields)).toEqual([]);
  });
});
