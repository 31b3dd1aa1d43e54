// Judges answers by the API's description: the status must be documented for the operation, the media type
// must be the documented one, and a JSON body must fit its schema.
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** Takes an OpenAPI 3.1 document; gives {operations, judge}. */
export function contract(document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema(document, "api");
  const byId = new Map();
  const compiled = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      byId.set(operation.operationId, { path, method, operation });
    }
  }

  const schemaAt = (...parts) => {
    const pointer = parts.map((p) => encodeURIComponent(p.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `api#/${pointer}` }));
    return compiled.get(pointer);
  };

  return {
    /** Ids of the operations whose answers end. */
    operations: [...byId].filter(([, o]) => !streams(o.operation)).map(([id]) => id),

    /** What is wrong with an answer, line by line. */
    judge(id, { status, type, text }) {
      const found = byId.get(id);
      if (!found) return [`there is no operation ${id}`];
      const { path, method, operation } = found;
      const response = operation.responses[status];
      if (!response) return [`${status} is not documented`];
      const kinds = Object.keys(response.content ?? {});
      if (kinds.length === 0) return text === "" ? [] : [`${status} is documented without a body and has one`];
      const kind = (type ?? "").split(";")[0].trim();
      if (!kinds.includes(kind)) {
        // Bytes of files have the type of the file.
        return kinds.includes("application/octet-stream") ? [] : [`${kind} is not among ${kinds.join(", ")}`];
      }
      if (!kind.endsWith("json")) return [];
      const fits = schemaAt("paths", path, method, "responses", String(status), "content", kind, "schema");
      if (fits(JSON.parse(text))) return [];
      return fits.errors.map((e) => `${e.instancePath || "/"} ${e.message} ${JSON.stringify(e.params)}`);
    },
  };
}

function streams(operation) {
  return Object.values(operation.responses).some((r) => r.content?.["text/event-stream"]);
}
