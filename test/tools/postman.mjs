// Runs the Postman collection that the server offers, from top to bottom, against the real binary, and holds
// every answer against the OpenAPI file that the server offers. No operation may be left out. Before that,
// each operation is asked for what it must refuse.
//   node test/tools/postman.mjs [sqlite|postgres]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import newman from "newman";
import { contract } from "./contract.mjs";
import { refusals } from "./refusals.mjs";
import { freshDatabase } from "../lib/database.mjs";
import { admin, Installation, must, setup } from "../lib/server.mjs";

// What a request uploads: a picture of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const files = mkdtempSync(join(tmpdir(), "throughline-postman-"));
writeFileSync(join(files, "photo.png"), Buffer.from(pixel, "base64"));
const database = process.argv[2] === "postgres" ? freshDatabase() : undefined;
const place = new Installation(database && { DATABASE_URL: database.url });
let failed = 1;
try {
  setup(place);
  await place.start();
  const collection = await must(place.url, "GET", "/postman.json");
  const document = await must(place.url, "GET", "/openapi.json");
  const { operations, judge } = contract(document);
  const ran = new Set();
  const { token } = await must(place.url, "POST", "/auth/login", { body: { email: admin.email, password: admin.password } });
  const refused = await refusals(place.url, token, document, judge);
  const wrong = [...refused.wrong];
  const summary = await new Promise((resolve, reject) => {
    newman
      .run(
        {
          collection,
          workingDir: files,
          envVar: [
            { key: "baseUrl", value: `${place.url}/api/v1` },
            { key: "email", value: admin.email },
            { key: "password", value: admin.password },
          ],
          timeoutRequest: 10_000,
        },
        (error, result) => (error ? reject(error) : resolve(result)),
      )
      .on("request", (error, { item, request, response }) => {
        const id = item.id.split(".")[0]; // a request that is there twice has a suffix
        ran.add(id);
        if (response) {
          const text = response.stream?.toString() ?? "";
          const faults = judge(id, { status: response.code, type: response.headers.get("Content-Type"), text });
          wrong.push(...faults.map((f) => `${request.method} ${item.name} (${id}): ${f}`));
        }
        if (error || response?.code >= 500) {
          process.stdout.write(`${request.method} ${request.url} (${item.name}): ${error?.message ?? response.code}\n`);
        }
      })
      .on("assertion", (error, { item, assertion }) => {
        if (error) process.stdout.write(`${item.name}: ${assertion}: ${error.message}\n`);
      });
  });
  const { assertions, requests } = summary.run.stats;
  for (const f of summary.run.failures) {
    const answer = summary.run.executions.find((e) => e.item.id === f.source?.id)?.response;
    process.stdout.write(`--- ${f.source?.name}: ${f.error.message}\n    ${answer?.stream?.toString().slice(0, 500)}\n`);
  }
  wrong.push(...operations.filter((id) => !ran.has(id)).map((id) => `${id} is not in the collection`));
  for (const line of wrong) process.stdout.write(`--- ${line}\n`);
  failed = summary.run.failures.length + wrong.length;
  process.stdout.write(`${requests.total} requests, ${assertions.total} assertions, ${operations.length} operations, ${refused.sent} refusals\n`);
  const passed = assertions.total - assertions.failed + refused.sent - refused.faulty;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (process.env.COUNTS) writeFileSync(process.env.COUNTS, `${passed} ${failed} 0\n`);
  if (assertions.total === 0) failed = 1;
} catch (error) {
  process.stdout.write(`${error.stack}\n${place.log}\n`);
} finally {
  await place.stop();
  database?.drop();
  rmSync(files, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
