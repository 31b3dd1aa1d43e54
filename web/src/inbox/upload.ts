import { apiBase, standingHeaders } from "@/api/client";
import { OfflineError, toApiError } from "@/api/errors";
import { renewSession } from "@/api/renew";
import { randomId } from "@/lib/id";
import type { Attachment } from "./types";

/**
 * Sends one file to a ticket. It uses XMLHttpRequest because fetch does not tell
 * how much of a body has gone out. A session that ran out is renewed once.
 */
export async function upload(
  ticket: string,
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  const startedAt = Date.now();
  const key = randomId();
  const path = `${apiBase}/tickets/${ticket}/attachments`;
  let answer = await attempt(path, file, key, onProgress, signal);
  if (answer.status === 401 && (await renewSession(startedAt))) {
    answer = await attempt(path, file, key, onProgress, signal);
  }
  if (!answer.ok) throw await toApiError(answer);
  return (await answer.json()) as Attachment;
}

function attempt(
  path: string,
  file: File,
  key: string,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open("POST", path);
    for (const [name, value] of Object.entries(standingHeaders())) {
      request.setRequestHeader(name, value);
    }
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const requestId = request.getResponseHeader("X-Request-Id");
      resolve(
        new Response(request.responseText, {
          status: request.status,
          statusText: request.statusText,
          headers: requestId ? { "X-Request-Id": requestId } : {},
        }),
      );
    };
    request.onerror = () => reject(new OfflineError());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
