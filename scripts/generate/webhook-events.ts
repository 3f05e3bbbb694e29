import { type Content, deref, isRecord, type OpenApiDocument, type Schema } from "./document.ts";
import { jsonSchema } from "./operation.ts";

/** The schema of each webhook event, by its name; that of one without a JSON body says nothing. */
export function readWebhookEvents(
  document: OpenApiDocument,
  normalise: (schema: Schema) => Schema,
): Map<string, Schema> {
  return new Map(
    Object.entries(document.webhooks ?? {}).map(([name, raw]) => {
      const item = deref<Record<string, unknown>>(document, isRecord(raw) ? raw : {});
      const post = isRecord(item["post"]) ? item["post"] : {};
      const body = deref<{ content?: Content }>(
        document,
        isRecord(post["requestBody"]) ? post["requestBody"] : {},
      );
      return [name, normalise(jsonSchema(body.content) ?? {})];
    }),
  );
}
