import type { LucideIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import { singleKeys } from "@/lib/preferences";
import { createStore, useStore } from "@/lib/store";
import { isSingleKey, parseShortcut, type Stroke, strokeMatches } from "./keys";

/** Something a person can do: by its keys, from the palette, or both. */
export interface Command {
  /** Unique and stable: "ticket.close". */
  id: string;
  label: string;
  /** "e", "g i", "mod+enter". */
  keys?: string | undefined;
  /** Heading in the palette and in the list of shortcuts. */
  group: string;
  icon?: LucideIcon | undefined;
  /** More words to find it by. */
  keywords?: string[] | undefined;
  /** Left out of the palette: it makes sense by keys only. */
  keysOnly?: boolean | undefined;
  /** Also acts while a person types in a field. */
  whileTyping?: boolean | undefined;
  run: () => void;
}

interface Entry {
  command: Command;
  strokes: Stroke[];
}

const entries = createStore<readonly Entry[]>([]);

/** Adds commands; the answer takes them away. Where keys clash, the later one wins. */
export function addCommands(commands: readonly Command[]): () => void {
  const added = commands.map((command) => ({
    command,
    strokes: command.keys ? parseShortcut(command.keys) : [],
  }));
  entries.set([...entries.get(), ...added]);
  return () => {
    entries.set(entries.get().filter((e) => !added.includes(e)));
  };
}

/**
 * Offers commands while the component is on screen. They may be made anew on
 * each render: the newest `run` is called, and registration changes only with
 * what people see.
 */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  const shape = JSON.stringify(
    commands.map((c) => [c.id, c.label, c.keys, c.group, c.keysOnly, c.whileTyping]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: shape stands for the commands
  useEffect(() => {
    return addCommands(
      latest.current.map((command) => ({
        ...command,
        run: () => latest.current.find((c) => c.id === command.id)?.run(),
      })),
    );
  }, [shape]);
}

/** One shortcut that the palette does not offer. */
export function useShortcut(
  keys: string,
  label: string,
  run: () => void,
  options: { group: string; id?: string; enabled?: boolean; whileTyping?: boolean },
): void {
  const { group, id = `${group}:${keys}`, enabled = true, whileTyping } = options;
  useCommands(enabled ? [{ id, label, keys, group, keysOnly: true, whileTyping, run }] : []);
}

export function useAllCommands(): readonly Command[] {
  return useStore(entries).map((e) => e.command);
}

/** How long the next key of a sequence such as "g i" may take (ms). */
const sequenceTime = 1200;

const fields =
  "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
const overlays = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/** Listens for the keys of all commands; the answer stops it. */
export function listenForKeys(target: Window = window): () => void {
  let begun: Stroke[] = [];
  let begunAt = 0;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.repeat && !/^(?:j|k|Arrow.*)$/.test(event.key)) return;
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    const at = event.target instanceof Element ? event.target : null;
    const typing = at?.closest(fields) != null;
    const covered = document.querySelector(overlays) !== null;
    if (event.timeStamp - begunAt > sequenceTime) begun = [];

    const reached: Stroke[] = [];
    let waiting = false;
    for (const { command, strokes } of [...entries.get()].reverse()) {
      if (strokes.length <= begun.length) continue;
      if (!begun.every((s, i) => sameStroke(s, strokes[i]))) continue;
      const stroke = strokes[begun.length];
      if (!stroke || !strokeMatches(stroke, event)) continue;
      const plain = isSingleKey(strokes);
      if (plain && !singleKeys.get()) continue;
      if ((typing || covered) && !command.whileTyping) continue;
      // Enter and Space already press what holds the focus.
      if (plain && at?.closest("button, a, summary, input") && /^(?:Enter| )$/.test(event.key))
        continue;
      if (strokes.length === begun.length + 1) {
        event.preventDefault();
        begun = [];
        command.run();
        return;
      }
      waiting = true;
      reached.push(stroke);
    }
    if (waiting && reached[0]) {
      event.preventDefault();
      begun = [...begun, reached[0]];
      begunAt = event.timeStamp;
    } else {
      begun = [];
    }
  };
  target.addEventListener("keydown", onKeyDown);
  return () => target.removeEventListener("keydown", onKeyDown);
}

function sameStroke(a: Stroke, b: Stroke | undefined): boolean {
  return b !== undefined && a.key === b.key && a.mod === b.mod && a.alt === b.alt;
}
