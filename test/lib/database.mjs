// A fresh PostgreSQL database on the server for tests, made and removed with the server's own psql.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";

function psql(url, statement) {
  const versions = "/usr/lib/postgresql";
  const path = [process.env.PATH];
  try {
    path.push(...readdirSync(versions).map((v) => `${versions}/${v}/bin`));
  } catch {
    // installed elsewhere; PATH knows
  }
  const r = spawnSync("psql", [url, "-v", "ON_ERROR_STOP=1", "-qc", statement], {
    env: { ...process.env, PATH: path.join(":") },
    encoding: "utf8",
  });
  if (r.status !== 0) throw new Error(`psql: ${r.error ?? r.stderr}`);
}

/** {url, drop} of a new database. */
export function freshDatabase(server = process.env.THROUGHLINE_TEST_POSTGRES) {
  if (!server) throw new Error("THROUGHLINE_TEST_POSTGRES is not set");
  const name = `n_${randomBytes(6).toString("hex")}`;
  psql(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.toString(), drop: () => psql(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}
