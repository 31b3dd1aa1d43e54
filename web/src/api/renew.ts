import { recall, remember } from "@/lib/storage";

/** Told when the session is over and a person has to sign in again. */
type Listener = () => void;
const listeners = new Set<Listener>();

export function onSessionEnded(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function endSession(): void {
  for (const listener of listeners) listener();
}

let running: Promise<boolean> | null = null;

/**
 * Renews the access token by the refresh cookie. Refresh tokens are used once,
 * and using one twice ends every session that grew from it, so only one renewal
 * runs at a time: within the tab by the shared promise, over all tabs by a lock.
 * A tab that waited finds the renewal already made and does not make another.
 *
 * `since` is when the refused request was sent (ms since 1970). Answers whether
 * the request is worth another try.
 */
export function renewSession(since: number): Promise<boolean> {
  running ??= locked(() => renew(since)).finally(() => {
    running = null;
  });
  return running;
}

async function locked(work: () => Promise<boolean>): Promise<boolean> {
  // Locks exist on secure pages only; without them the tab's own promise must do.
  if (!navigator.locks) return work();
  return await navigator.locks.request("throughline.renew", work);
}

async function renew(since: number): Promise<boolean> {
  if (Number(recall("renewedAt") ?? 0) >= since) return true;
  try {
    const workspace = recall("workspace");
    const response = await fetch("/api/v1/auth/refresh-token", {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        ...(workspace ? { "X-Workspace": workspace } : {}),
      },
      body: "{}",
    });
    if (response.ok) {
      remember("renewedAt", String(Date.now()));
      return true;
    }
    if (response.status === 401 || response.status === 403) endSession();
    return false;
  } catch {
    // Unreachable is not signed out: the refused answer stands and can be retried.
    return false;
  }
}
