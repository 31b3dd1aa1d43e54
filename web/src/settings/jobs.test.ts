import { describe, expect, it } from "vitest";
import { isCounted, jobName, shownBy } from "./jobs";
import type { Job } from "./types";

describe("jobName", () => {
  it("says what a known job does", () => {
    expect(jobName("outbox.send")).toBe("Send a mail");
  });
  it("makes words of a job that it does not know", () => {
    expect(jobName("order.sync_all")).toBe("Order: sync all");
  });
});

describe("shownBy", () => {
  it("is what failed, unless the address asks for more", () => {
    expect(shownBy(undefined)).toBe("dead");
    expect(shownBy("nonsense")).toBe("dead");
    expect(shownBy("running")).toBe("running");
    expect(shownBy("all")).toBe("all");
  });
});

describe("isCounted", () => {
  const job = { state: "running", done: 1240, total: 8000 } as Job;
  it("is true only at work and with a known total", () => {
    expect(isCounted(job)).toBe(true);
    expect(isCounted({ ...job, total: 0 })).toBe(false);
    expect(isCounted({ ...job, state: "done" })).toBe(false);
  });
});
