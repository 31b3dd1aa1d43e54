import type { QueryKey } from "@tanstack/react-query";
import type { LiveEvent } from "./connection";

type Effect = (event: LiveEvent) => readonly QueryKey[];

/**
 * Says which queries an event makes stale. A pattern is a kind ("ticket.created"),
 * all kinds of a subject ("ticket.*"), or every kind ("*").
 */
export class EffectRegistry {
  readonly #effects = new Map<string, Set<Effect>>();

  /** Registers an effect; the answer takes it away again. */
  on(pattern: string, effect: Effect): () => void {
    const set = this.#effects.get(pattern) ?? new Set();
    this.#effects.set(pattern, set.add(effect));
    return () => {
      set.delete(effect);
    };
  }

  /** The keys that an event makes stale, without repeats. */
  keysFor(event: LiveEvent): QueryKey[] {
    const subject = event.kind.split(".")[0] ?? "";
    const found = new Map<string, QueryKey>();
    for (const pattern of [event.kind, `${subject}.*`, "*"]) {
      for (const effect of this.#effects.get(pattern) ?? []) {
        for (const key of effect(event)) found.set(JSON.stringify(key), key);
      }
    }
    return [...found.values()];
  }
}

/** The app's registry. Areas register theirs beside their queries, once, on load. */
export const liveEffects = new EffectRegistry();
