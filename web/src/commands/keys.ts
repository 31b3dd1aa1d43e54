/** One key press within a shortcut: "g", "mod+k", "shift+x", "?". */
export interface Stroke {
  key: string;
  /** Ctrl, or Cmd on Apple keyboards. */
  mod: boolean;
  alt: boolean;
  /** null: either, for keys such as "?" that need Shift on some keyboards only. */
  shift: boolean | null;
}

const named: Record<string, string> = {
  enter: "Enter",
  escape: "Escape",
  esc: "Escape",
  space: " ",
  up: "ArrowUp",
  down: "ArrowDown",
  backspace: "Backspace",
  delete: "Delete",
  tab: "Tab",
};

/** Reads "g i" or "mod+enter" as strokes. Throws on a shortcut that has no key. */
export function parseShortcut(text: string): Stroke[] {
  return text.trim().split(/\s+/).map(parseStroke);
}

function parseStroke(text: string): Stroke {
  const parts = text === "+" ? ["+"] : text.split("+");
  const last = parts.pop() ?? "";
  if (last === "") throw new Error(`shortcut without a key: "${text}"`);
  const modifiers = new Set(parts.map((p) => p.toLowerCase()));
  const key = named[last.toLowerCase()] ?? (last.length === 1 ? last.toLowerCase() : last);
  const letter = /^[a-z]$/.test(key);
  const shift = modifiers.has("shift") ? true : letter || key.length > 1 ? false : null;
  return { key, mod: modifiers.has("mod"), alt: modifiers.has("alt"), shift };
}

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export function strokeMatches(stroke: Stroke, pressed: Pressed): boolean {
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  return (
    key === stroke.key &&
    (pressed.ctrlKey || pressed.metaKey) === stroke.mod &&
    pressed.altKey === stroke.alt &&
    (stroke.shift === null || pressed.shiftKey === stroke.shift)
  );
}

/** Whether a shortcut works by plain keys, which a person may switch off. */
export function isSingleKey(strokes: readonly Stroke[]): boolean {
  return strokes.every((s) => !s.mod && !s.alt && s.key !== "Escape");
}

const shown: Record<string, string> = {
  Enter: "↵",
  Escape: "Esc",
  " ": "Space",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Backspace: "⌫",
};

/** The caps to draw for a shortcut: [["Ctrl", "K"]], [["G"], ["I"]]. */
export function keyCaps(text: string, apple: boolean): string[][] {
  return parseShortcut(text).map((stroke) => {
    const caps: string[] = [];
    if (stroke.mod) caps.push(apple ? "⌘" : "Ctrl");
    if (stroke.alt) caps.push(apple ? "⌥" : "Alt");
    if (stroke.shift === true) caps.push(apple ? "⇧" : "Shift");
    caps.push(shown[stroke.key] ?? stroke.key.toUpperCase());
    return caps;
  });
}

export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
