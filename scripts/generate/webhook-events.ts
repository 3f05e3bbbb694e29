import { type Content, deref, isRecord, type OpenApiDocument, type Schema } from "./document.ts";
import { jsonSchema } from "./operation.ts";

/** The schema of each webhook event, by its name; that of one without a JSON body says nothing. */
export function readWebhookEvents(
  document: OpenApiDocument,
  normalise: (schema: Schema) => Schema,
): Map<string, Schema> {
  return new Map(
    Object.entries(document.webhooks ?? {}).map(([name, raw]) => [
      name,
      normalise(jsonSchema(contentOf(document, raw)) ?? {}),
    ]),
  );
}

/**
 * An example of each webhook event that has one, by its name. A discovery has the members of an update, whose example
 * stands for the one that it does not have.
 */
export function readWebhookExamples(
  document: OpenApiDocument,
): Map<string, Record<string, unknown>> {
  const webhooks = document.webhooks ?? {};
  const exampleOf = (name: string) => {
    const example: unknown = contentOf(document, webhooks[name])?.["application/json"]?.example;
    return isRecord(example) ? example : undefined;
  };
  const found = new Map<string, Record<string, unknown>>();
  for (const name of Object.keys(webhooks)) {
    const example = exampleOf(name) ?? exampleOf(name.replace(/:discovered$/, ":updated"));
    if (example !== undefined) found.set(name, { ...example, event: name });
  }
  return found;
}

function contentOf(document: OpenApiDocument, raw: unknown): Content | undefined {
  const item = deref<Record<string, unknown>>(document, isRecord(raw) ? raw : {});
  const post = isRecord(item["post"]) ? item["post"] : {};
  const body = isRecord(post["requestBody"]) ? post["requestBody"] : {};
  return deref<{ content?: Content }>(document, body).content;
}
