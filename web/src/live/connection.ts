import { apiBase, send } from "@/api/client";
import { FrameReader } from "./stream";

/** Something that happened in the workspace, as GET /events tells it. */
export interface LiveEvent {
  kind: string;
  id: string;
  data: unknown;
}

export type LiveState = "connecting" | "open" | "lost";

export interface ConnectionListener {
  event(event: LiveEvent): void;
  /** Events may have been missed: everything shown has to be asked for again. */
  gap(): void;
  state(state: LiveState): void;
}

/** The server sends a heartbeat every 15 s; three missed ones mean a dead line. */
const silenceLimit = 50_000;
const firstWait = 1000;
const longestWait = 30_000;

/**
 * Holds the stream open until the signal aborts: reconnects with growing waits,
 * resumes after the last event id, renews the session when it has run out.
 *
 * It reads the stream with fetch and not with EventSource, which cannot hear
 * event names it was not told beforehand, gives up for good on a 401 when the
 * access token has run out, and forgets the last id when it is made anew.
 */
export async function holdStream(
  listener: ConnectionListener,
  signal: AbortSignal,
  start: { lastId: string; isResumed: boolean } = { lastId: "", isResumed: false },
): Promise<void> {
  let { lastId } = start;
  let wait = firstWait;
  let connectedBefore = start.isResumed;
  while (!signal.aborted) {
    listener.state("connecting");
    const line = new AbortController();
    const stop = () => line.abort();
    signal.addEventListener("abort", stop, { once: true });
    let silence = setTimeout(stop, silenceLimit);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastId) headers["Last-Event-ID"] = lastId;
      const url = new URL(`${apiBase}/events`, location.origin);
      const response = await send(new Request(url, { headers, signal: line.signal }));
      if (response.status === 401 || response.status === 403) {
        listener.state("lost");
        return;
      }
      if (!response.ok || !response.body) throw new Error(`stream: ${response.status}`);
      if (connectedBefore && !lastId) listener.gap();
      connectedBefore = true;
      wait = firstWait;
      listener.state("open");

      const frames = new FrameReader();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(silence);
        silence = setTimeout(stop, silenceLimit);
        for (const frame of frames.push(value)) {
          if (frame.id) lastId = frame.id;
          // After "end" the server closes: the next try learns whether the session is over.
          if (["connected", "heartbeat", "end"].includes(frame.event)) continue;
          if (frame.event === "resync") listener.gap();
          else listener.event({ kind: frame.event, id: frame.id, data: parse(frame.data) });
        }
      }
    } catch {
      // Lost, silent or stopped: the loop decides by the signal.
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      line.abort();
    }
    if (signal.aborted) return;
    listener.state("lost");
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, longestWait);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
