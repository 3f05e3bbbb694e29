import { renderEventExamples, renderEvents, renderEventTypes, renderVersion } from "./constants.ts";
import type { OpenApiDocument } from "./document.ts";
import { renderKinds } from "./kinds.ts";
import { loadApi } from "./load-api.ts";
import { renderMetrics } from "./metrics.ts";
import { renderOperationForms } from "./operation-forms.ts";
import { renderOperations } from "./operations.ts";
import { renderRequestSchemas } from "./request-schemas.ts";
import {
  renderPublicSchemas,
  renderResponseSchemas,
  renderSchemas,
  renderSchemaTypes,
} from "./schemas.ts";
import { renderTypes } from "./types.ts";

/** Everything that is generated from a document: the text of each file, by its name. */
export async function renderFiles(
  document: OpenApiDocument,
  sdkVersion: string,
): Promise<Map<string, string>> {
  const api = loadApi(document);
  return new Map([
    ["types.ts", await renderTypes(api)],
    ["operations.ts", renderOperations(api)],
    ["operation-forms.ts", renderOperationForms(api)],
    ["events.ts", renderEvents(api)],
    ["event-examples.ts", renderEventExamples(api)],
    ["event-types.ts", renderEventTypes(api)],
    ["kinds.ts", renderKinds(api)],
    ["metrics.ts", renderMetrics(api)],
    ["schemas.ts", renderSchemas(api)],
    ["public-schemas.ts", renderPublicSchemas(api)],
    ["request-schemas.ts", renderRequestSchemas(api)],
    ["response-schemas.ts", renderResponseSchemas(api)],
    ["schema-types.ts", renderSchemaTypes(api)],
    ["version.ts", renderVersion(api, sdkVersion)],
  ]);
}
