import { describe, expect, it } from "vitest";
import { cellOf, covers, groupPermissions, holds, toggled } from "./permissions";
import type { Role } from "./types";

const role: Role = {
  id: "r",
  key: "desk",
  name: "Desk",
  description: "",
  builtIn: false,
  fixed: false,
  permissions: ["tickets:read_all"],
  createdAt: "",
  updatedAt: "",
};

describe("holds", () => {
  it("lets all stand for own, never the other way", () => {
    expect(holds(new Set(["tickets:read_all"]), "tickets:read_own")).toBe(true);
    expect(holds(new Set(["tickets:read_own"]), "tickets:read_all")).toBe(false);
    expect(holds(new Set(["tags:write"]), "tags:write")).toBe(true);
  });
});

describe("covers", () => {
  it("needs every permission", () => {
    const mine = new Set(["tickets:read_all", "tags:write"]);
    expect(covers(mine, ["tickets:read_own", "tags:write"])).toBe(true);
    expect(covers(mine, ["tags:write", "users:read"])).toBe(false);
    expect(covers(mine, [])).toBe(true);
  });
});

describe("groupPermissions", () => {
  it("keeps the order of the catalogue", () => {
    const groups = groupPermissions([
      { name: "tickets:create", doc: "" },
      { name: "tickets:delete", doc: "" },
      { name: "tags:write", doc: "" },
    ]);
    expect(groups.map((g) => [g.resource, g.permissions.length])).toEqual([
      ["tickets", 2],
      ["tags", 1],
    ]);
  });
});

describe("cellOf", () => {
  const mine = new Set(["tickets:read_all", "tickets:update_all"]);
  it("can be changed by who holds the permission", () => {
    expect(cellOf(role, "tickets:update_all", mine, true)).toEqual({
      on: false,
      implied: false,
      reason: undefined,
    });
  });
  it("says why it cannot", () => {
    expect(cellOf(role, "users:read", mine, true).reason).toBe("notHeld");
    expect(cellOf(role, "tickets:read_own", mine, true)).toMatchObject({
      on: true,
      implied: true,
      reason: "implied",
    });
    expect(cellOf(role, "tickets:read_all", mine, false).reason).toBe("noRight");
    expect(cellOf(role, "tickets:read_all", new Set(["tags:write"]), true).reason).toBe("exceeds");
    expect(cellOf({ ...role, fixed: true }, "tickets:read_all", mine, true).reason).toBe("fixed");
  });
});

describe("toggled", () => {
  it("gives and takes without doubles", () => {
    expect(toggled(role, "tickets:read_all", true).permissions).toEqual(["tickets:read_all"]);
    expect(toggled(role, "tickets:read_all", false).permissions).toEqual([]);
    expect(toggled(role, "tags:write", true).permissions).toEqual([
      "tags:write",
      "tickets:read_all",
    ]);
  });
});
