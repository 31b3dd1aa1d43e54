import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, chooseWorkspace, ifMatch, send, unwrap } from "./client";
import { ApiError, OfflineError } from "./errors";
import { onSessionEnded } from "./renew";

type Handler = (request: Request) => Response | Promise<Response>;

/** Answers requests by the network's last step, so that everything above it runs for real. */
function network(handler: Handler): Request[] {
  const seen: Request[] = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request =
      input instanceof Request ? input : new Request(new URL(input, "http://localhost"), init);
    seen.push(request);
    return handler(request);
  });
  return seen;
}

const path = (request: Request) => new URL(request.url).pathname;
const request = (method: string, at = "/api/v1/tickets") =>
  new Request(`http://localhost${at}`, { method });

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe("send", () => {
  test("gives every POST its own idempotency key and leaves reads alone", async () => {
    const seen = network(() => new Response("{}"));
    await send(request("POST"));
    await send(request("POST"));
    await send(request("GET"));
    const [first, second, read] = seen.map((r) => r.headers.get("Idempotency-Key"));
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
    expect(read).toBeNull();
  });

  test("names the workspace that was chosen", async () => {
    const seen = network(() => new Response("{}"));
    chooseWorkspace("lumen-oak");
    await send(request("GET"));
    expect(seen[0]?.headers.get("X-Workspace")).toBe("lumen-oak");
  });

  test("renews a session once for several refused requests and repeats them with the same key", async () => {
    let renewed = 0;
    const seen = network((r) => {
      if (path(r).endsWith("/refresh-token")) {
        renewed += 1;
        return new Response("{}");
      }
      return new Response("{}", { status: renewed > 0 ? 200 : 401 });
    });
    const answers = await Promise.all([send(request("POST")), send(request("GET"))]);
    expect(answers.map((a) => a.status)).toEqual([200, 200]);
    expect(renewed).toBe(1);
    const keys = seen.filter((r) => r.method === "POST" && path(r).endsWith("/tickets"));
    expect(keys).toHaveLength(2);
    expect(keys[0]?.headers.get("Idempotency-Key")).toBe(keys[1]?.headers.get("Idempotency-Key"));
  });

  test("says that the session is over when it cannot be renewed", async () => {
    network(() => new Response("{}", { status: 401 }));
    const ended = vi.fn();
    const stop = onSessionEnded(ended);
    expect((await send(request("GET"))).status).toBe(401);
    expect(ended).toHaveBeenCalledOnce();
    stop();
  });

  test("takes a refused sign-in as the answer", async () => {
    const seen = network(() => new Response("{}", { status: 401 }));
    await send(request("POST", "/api/v1/auth/login"));
    expect(seen).toHaveLength(1);
  });

  test("tells an unreachable server from a refusal", async () => {
    network(() => {
      throw new TypeError("failed");
    });
    await expect(send(request("GET"))).rejects.toBeInstanceOf(OfflineError);
  });
});

test("a refusal is thrown as an ApiError with its code", async () => {
  network(
    () => new Response(JSON.stringify({ code: "not_found", requestId: "r9" }), { status: 404 }),
  );
  const refused = unwrap(api.GET("/auth/sessions", { baseUrl: "http://localhost/api/v1" }));
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toMatchObject({ code: "not_found", requestId: "r9" });
});

test("If-Match is sent only with a tag", () => {
  expect(ifMatch('"7"')).toEqual({ "If-Match": '"7"' });
  expect(ifMatch("")).toEqual({});
});
