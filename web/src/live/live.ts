import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { createStore } from "@/lib/store";
import { type ConnectionListener, holdStream, type LiveEvent, type LiveState } from "./connection";
import { liveEffects } from "./registry";

/** What tabs tell each other. The tab that holds the stream speaks, the others listen. */
type TabMessage =
  | { type: "event"; event: LiveEvent }
  | { type: "gap" }
  | { type: "state"; state: LiveState; lastId: string }
  | { type: "hello" };

/** Bursts within this time are one refresh (ms). */
const burst = 200;

export const liveState = createStore<LiveState>("connecting");

// What concerns the whole workspace (sample data filled in) makes every query stale.
liveEffects.on("workspace.*", () => [[]]);

const listeners = new Set<(event: LiveEvent) => void>();

/** Hears every live event, for what a query refresh cannot say (presence, notices). */
export function onLiveEvent(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * Keeps this tab's queries fresh until stop() is called. All tabs of a browser
 * share one stream: whoever holds the lock reads it and passes events on. When
 * that tab closes, the next one takes over after the last event it heard of.
 */
export function startLive(queries: QueryClient): () => void {
  const ending = new AbortController();
  const channel =
    typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("throughline.live");
  const stale = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId = "";
  let leading = false;
  /** Another tab read the stream before this one: what it missed in between is a gap. */
  let followed = false;

  const flush = () => {
    timer = undefined;
    for (const queryKey of stale.values()) void queries.invalidateQueries({ queryKey });
    stale.clear();
  };
  const apply: ConnectionListener = {
    event(event) {
      if (event.id) lastId = event.id;
      for (const key of liveEffects.keysFor(event)) stale.set(JSON.stringify(key), key);
      if (stale.size > 0) timer ??= setTimeout(flush, burst);
      for (const listener of listeners) listener(event);
    },
    gap() {
      void queries.invalidateQueries();
    },
    state: liveState.set,
  };
  const tell = (message: TabMessage) => channel?.postMessage(message);

  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.type === "event") apply.event(data.event);
      else if (data.type === "gap") apply.gap();
      else if (data.type === "state") {
        followed = true;
        lastId = data.lastId || lastId;
        apply.state(data.state);
      } else if (leading) tell({ type: "state", state: liveState.get(), lastId });
    };
    tell({ type: "hello" });
  }

  const lead = () => {
    leading = true;
    return holdStream(
      {
        event(event) {
          apply.event(event);
          tell({ type: "event", event });
        },
        gap() {
          apply.gap();
          tell({ type: "gap" });
        },
        state(state) {
          apply.state(state);
          tell({ type: "state", state, lastId });
        },
      },
      ending.signal,
      { lastId, isResumed: followed },
    );
  };
  if (navigator.locks && channel) {
    navigator.locks
      .request("throughline.live", { signal: ending.signal }, lead)
      .catch(() => undefined);
  } else {
    // No locks on a page without TLS: each tab then holds a stream of its own.
    void lead();
  }

  return () => {
    ending.abort();
    clearTimeout(timer);
    channel?.close();
  };
}
