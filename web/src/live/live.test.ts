import { describe, expect, test } from "vitest";
import { EffectRegistry } from "./registry";
import { FrameReader } from "./stream";

describe("FrameReader", () => {
  test("cuts frames at empty lines, wherever the network cut the bytes", () => {
    const text =
      ': hello\nid: 7\nevent: ticket.created\ndata: {"a":1}\n\nevent: heartbeat\r\ndata: x\r\n\r\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new FrameReader();
      const frames = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))];
      expect(frames).toEqual([
        { event: "ticket.created", data: '{"a":1}', id: "7" },
        { event: "heartbeat", data: "x", id: "7" },
      ]);
    }
  });

  test("joins several data lines", () => {
    expect(new FrameReader().push("data: a\ndata: b\n\n")).toEqual([
      { event: "message", data: "a\nb", id: "" },
    ]);
  });
});

test("an event refreshes what its kind, its subject and everything were registered for, once", () => {
  const registry = new EffectRegistry();
  registry.on("ticket.created", () => [["tickets", "list"]]);
  registry.on("ticket.*", () => [["tickets", "list"], ["dashboard"]]);
  registry.on("order.*", () => [["orders"]]);
  const stop = registry.on("*", () => [["journey"]]);
  const event = { kind: "ticket.created", id: "1", data: null };
  expect(registry.keysFor(event)).toEqual([["tickets", "list"], ["dashboard"], ["journey"]]);
  stop();
  expect(registry.keysFor(event)).toEqual([["tickets", "list"], ["dashboard"]]);
});
