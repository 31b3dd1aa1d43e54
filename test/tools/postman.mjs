// Runs the Postman collection that the server offers, from top to bottom, against the real binary.
//   node test/tools/postman.mjs
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import newman from "newman";
import { admin, Installation, must, setup } from "../lib/server.mjs";

// What a request uploads: a picture of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const files = mkdtempSync(join(tmpdir(), "throughline-postman-"));
writeFileSync(join(files, "photo.png"), Buffer.from(pixel, "base64"));
const place = new Installation();
let failed = 1;
try {
  setup(place);
  await place.start();
  const collection = await must(place.url, "GET", "/postman.json");
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
  failed = summary.run.failures.length;
  process.stdout.write(`${requests.total} requests, ${assertions.total} assertions\n`);
  process.stdout.write(`${assertions.total - assertions.failed} passed, ${failed} failed\n`);
  if (process.env.COUNTS) writeFileSync(process.env.COUNTS, `${assertions.total - assertions.failed} ${failed} 0\n`);
  if (assertions.total === 0) failed = 1;
} catch (error) {
  process.stdout.write(`${error.stack}\n${place.log}\n`);
} finally {
  await place.stop();
  rmSync(files, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
