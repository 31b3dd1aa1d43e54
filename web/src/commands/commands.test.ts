import { afterEach, describe, expect, test, vi } from "vitest";
import { setSingleKeys } from "@/lib/preferences";
import { isSingleKey, keyCaps, parseShortcut, strokeMatches } from "./keys";
import { addCommands, type Command, listenForKeys } from "./registry";

const pressed = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe("shortcuts as text", () => {
  test("are read as strokes", () => {
    expect(parseShortcut("g i")).toHaveLength(2);
    expect(parseShortcut("mod+enter")).toEqual([
      { key: "Enter", mod: true, alt: false, shift: false },
    ]);
    expect(() => parseShortcut("mod+")).toThrow(/without a key/);
  });

  test("match the keys of any keyboard", () => {
    const [question] = parseShortcut("?");
    const [palette] = parseShortcut("mod+k");
    if (!question || !palette) throw new Error("no stroke");
    expect(strokeMatches(question, pressed("?", { shiftKey: true }))).toBe(true);
    expect(strokeMatches(question, pressed("?"))).toBe(true);
    expect(strokeMatches(palette, pressed("K", { metaKey: true }))).toBe(true);
    expect(strokeMatches(palette, pressed("k"))).toBe(false);
    expect(strokeMatches(palette, pressed("k", { ctrlKey: true, shiftKey: true }))).toBe(false);
  });

  test("count as single keys without Ctrl, Cmd or Alt", () => {
    expect(isSingleKey(parseShortcut("g i"))).toBe(true);
    expect(isSingleKey(parseShortcut("mod+k"))).toBe(false);
  });

  test("are drawn as caps", () => {
    expect(keyCaps("mod+shift+x", false)).toEqual([["Ctrl", "Shift", "X"]]);
    expect(keyCaps("g i", true)).toEqual([["G"], ["I"]]);
  });
});

describe("keys pressed", () => {
  const clean: (() => void)[] = [];
  const command = (keys: string, more: Partial<Command> = {}) => {
    const run = vi.fn();
    clean.push(addCommands([{ id: keys, label: keys, group: "Test", keys, run, ...more }]));
    return run;
  };
  const press = (key: string, target: EventTarget = document.body, more: object = {}) =>
    target.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }),
    );
  const listen = () => clean.push(listenForKeys());

  afterEach(() => {
    for (const stop of clean.splice(0)) stop();
    document.body.replaceChildren();
    setSingleKeys(true);
  });

  test("run their command, the newest where two clash", () => {
    listen();
    const older = command("e");
    const newer = command("e");
    press("e");
    expect(newer).toHaveBeenCalledOnce();
    expect(older).not.toHaveBeenCalled();
  });

  test("work one after the other", () => {
    listen();
    const go = command("g i");
    const plain = command("i");
    press("g");
    press("i");
    expect(go).toHaveBeenCalledOnce();
    expect(plain).not.toHaveBeenCalled();
  });

  test("stay text while a person types, except those that say otherwise", () => {
    listen();
    const field = document.body.appendChild(document.createElement("input"));
    const plain = command("e");
    const palette = command("mod+k", { whileTyping: true });
    press("e", field);
    press("k", field, { ctrlKey: true });
    expect(plain).not.toHaveBeenCalled();
    expect(palette).toHaveBeenCalledOnce();
  });

  test("do nothing behind a dialog", () => {
    listen();
    document.body.innerHTML = '<div role="dialog"></div>';
    const run = command("e");
    press("e");
    expect(run).not.toHaveBeenCalled();
  });

  test("can be switched off, but for combinations", () => {
    listen();
    setSingleKeys(false);
    const plain = command("e");
    const palette = command("mod+k");
    press("e");
    press("k", document.body, { ctrlKey: true });
    expect(plain).not.toHaveBeenCalled();
    expect(palette).toHaveBeenCalledOnce();
  });
});
