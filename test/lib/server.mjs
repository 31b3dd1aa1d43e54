// Starts the real binary in an installation of its own, for tests that are not written in Go: a fresh data
// folder, a fresh PostgreSQL database when asked for, set-up by command line, a free port. stop() ends it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const binary =
  process.env.THROUGHLINE_TEST_BINARY ?? fileURLToPath(new URL("../../bin/throughline", import.meta.url));

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
    probe.on("error", reject);
  });

/** An installation that has not been started: run() uses the command line, start() serves. */
export class Installation {
  constructor(settings = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "throughline-"));
    this.settings = {
      DATA_DIR: join(this.dir, "data"),
      ANONYMOUS_LIMIT: "off",
      USER_LIMIT: "off",
      SIGN_IN_LIMIT: "off",
      ...settings,
    };
    this.log = "";
  }

  get env() {
    const own = Object.entries(this.settings).map(([k, v]) => [`THROUGHLINE_${k}`, String(v)]);
    return { PATH: process.env.PATH, HOME: this.dir, ...Object.fromEntries(own) };
  }

  /** Runs a command to its end with an input and gives what it wrote; throws when it fails. */
  feed(input, ...args) {
    const r = spawnSync(binary, args, { env: this.env, input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (r.status !== 0) {
      throw new Error(`throughline ${args.join(" ")}: ${r.error ?? `exit ${r.status}`}\n${r.stdout}${r.stderr}`);
    }
    return r.stdout;
  }

  async start() {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.settings.LISTEN = `127.0.0.1:${port}`;
    this.process = spawn(binary, ["serve"], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (d) => {
        this.log += d;
      });
    }
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    let gone = false;
    this.ended.then(() => {
      gone = true;
    });
    const limit = Date.now() + 30_000;
    while (!gone && Date.now() < limit) {
      const ready = await fetch(`${this.url}/readyz`).then((r) => r.ok, () => false);
      if (ready) return this;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the server is not ready:\n${this.log}`);
  }

  async stop() {
    if (this.process?.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      const late = setTimeout(() => this.process.kill("SIGKILL"), 15_000);
      await this.ended;
      clearTimeout(late);
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Calls the API; a body is sent as JSON, raw as it is. Gives {status, headers, body}. */
export async function call(base, method, path, { token, body, raw, headers = {} } = {}) {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? raw : JSON.stringify(body),
  });
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json");
  return { status: response.status, headers: response.headers, body: json && text ? JSON.parse(text) : text };
}

/** call for what must work; gives the body. */
export async function must(base, method, path, options) {
  const answer = await call(base, method, path, options);
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}

/** The administrator that set-up makes, signed in. */
export const admin = { name: "Ada Admin", email: "ada@acme.example", password: "First-pass-1" };

export function setup(installation, brand = "Acme") {
  installation.feed(`${admin.password}\n`, "setup", "--workspace", brand, "--name", admin.name, "--email", admin.email);
}

export const signIn = (base, who = admin) =>
  must(base, "POST", "/auth/login", { body: { email: who.email, password: who.password } });
