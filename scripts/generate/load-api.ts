import type { Api } from "./api.ts";
import { fillDiscriminators } from "./discriminators.ts";
import { DocumentError, deref, isRecord, type OpenApiDocument, type Schema } from "./document.ts";
import { expandIncompleteCopies } from "./incomplete-copies.ts";
import { typeNames } from "./names.ts";
import { normaliser } from "./normalise.ts";
import { type FoundOperation, type Operation, readOperation } from "./operation.ts";
import { namesUsedOnlyBy } from "./references.ts";
import { readWebhookEvents, readWebhookExamples } from "./webhook-events.ts";

const methods = ["get", "put", "post", "delete", "patch", "head", "options"];

export function loadApi(document: OpenApiDocument): Api {
  const raw = document.components?.schemas ?? {};
  const names = typeNames(Object.keys(raw));
  const normalise = normaliser(document, names);
  const schemas = new Map<string, Schema>();
  for (const [key, schema] of Object.entries(raw)) {
    schemas.set(names.get(key) ?? key, normalise(schema));
  }
  fillDiscriminators(schemas, names);
  expandIncompleteCopies(schemas, names);

  const listed: Operation[] = [];
  const unlisted: Operation[] = [];
  const seen = new Map<string, string>();
  for (const found of eachOperation(document)) {
    const where = `${found.method} ${found.path}`;
    const id = found.raw.operationId;
    if (!id) throw new DocumentError(`${where} has no operationId.`);
    const other = seen.get(id);
    if (other !== undefined) {
      throw new DocumentError(`The operationId ${id} is used twice: by ${other} and by ${where}.`);
    }
    seen.set(id, where);
    const target = found.raw["x-unlisted"] === true ? unlisted : listed;
    target.push(readOperation({ document, normalise }, id, found));
  }

  for (const name of namesUsedOnlyBy(unlisted, listed, schemas)) schemas.delete(name);
  return {
    version: String(document.info.version),
    schemas,
    operations: listed,
    webhookEvents: readWebhookEvents(document, normalise),
    webhookExamples: readWebhookExamples(document),
  };
}

function* eachOperation(document: OpenApiDocument): Generator<FoundOperation> {
  for (const [path, rawItem] of Object.entries(document.paths ?? {})) {
    const item = deref<Record<string, unknown>>(document, rawItem);
    for (const method of methods) {
      const raw = item[method];
      if (isRecord(raw)) yield { method: method.toUpperCase(), path, item, raw };
    }
  }
}
