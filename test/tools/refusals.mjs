// Asks every operation for what it must refuse, and holds the answers against the OpenAPI file: no status that
// is not documented, no refusal that is not a problem.
import { call } from "../lib/server.mjs";

const nobody = "01890a5d-ac96-774b-bcce-b302099a8057"; // an id that nothing has

/** Sends the requests; gives how many there were, how many went wrong, and what, line by line. */
export async function refusals(base, token, document, judge) {
  const wrong = [];
  let sent = 0;
  let faulty = 0;

  const expect = async (operation, method, path, wanted, what, options) => {
    sent++;
    const { status, headers, body } = await call(base, method.toUpperCase(), path, options);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const faults = judge(operation.operationId, { status, type: headers.get("content-type"), text });
    if (wanted ? status !== wanted : status < 400 || status >= 500) faults.push(`answers ${status}, not ${wanted ?? "4xx"}`);
    if (status >= 400 && body.requestId !== headers.get("x-request-id")) faults.push("requestId differs from the header");
    if (faults.length > 0) faulty++;
    wrong.push(...faults.map((f) => `${method.toUpperCase()} ${path} (${operation.operationId}), ${what}: ${f}`));
  };

  for (const [template, methods] of Object.entries(document.paths)) {
    const path = template.replace(/\{[^}]+\}/g, nobody);
    for (const [method, operation] of Object.entries(methods)) {
      const open = operation["x-permission"] === "none";
      if (!open) {
        await expect(operation, method, path, 401, "nobody", {});
        await expect(operation, method, path, 401, "a token that is no good", { token: "no.good.token" });
      }
      await expect(operation, method, `${path}?noSuchParameter=1`, 400, "an unknown parameter", { token });
      if (!operation.requestBody) {
        if (template.includes("{id}")) await expect(operation, method, path, undefined, "an id that nothing has", { token });
        continue;
      }
      const json = operation.requestBody.content["application/json"];
      const send = (type, raw) => ({ token, raw, headers: { "content-type": type } });
      await expect(operation, method, path, 415, "a body of another type", send("text/csv", "a,b"));
      if (!json) {
        await expect(operation, method, path, undefined, "a form without a file", send("multipart/form-data; boundary=x", "--x--\r\n"));
        continue;
      }
      await expect(operation, method, path, 400, "broken JSON", send("application/json", '{"a":'));
      await expect(operation, method, path, 422, "an unknown field", send("application/json", '{"noSuchField": 1}'));
      await expect(operation, method, path, 422, "no object", send("application/json", "[1]"));
      await expect(operation, method, path, 413, "too much", send("application/json", `{"a":"${"x".repeat(1 << 20)}"}`));
      if (template.includes("{id}")) {
        await expect(operation, method, path, undefined, "an id that nothing has", { token, body: json.example });
      }
    }
  }
  return { sent, faulty, wrong };
}
