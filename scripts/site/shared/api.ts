import { join } from "node:path";
import type { Api } from "../../generate/api.ts";
import { deref, type OpenApiDocument, readDocument } from "../../generate/document.ts";
import { loadApi } from "../../generate/load-api.ts";
import type { Operation } from "../../generate/operation.ts";
import { root } from "../source/parse.ts";

/** The description of the API: as the generators read it, and as it was written. */
export interface Description {
  readonly api: Api;
  readonly document: OpenApiDocument;
}

/** An answer as the description has it. */
export interface Answer {
  readonly status: string;
  readonly description: string;
  readonly example: unknown;
}

/** Reads the description. */
export async function readDescription(): Promise<Description> {
  const document = await readDocument(join(root, "openapi/enode-2024-10-01.yaml"));
  return { document, api: loadApi(document) };
}

/** The operation of that ID. */
export function operationOf({ api }: Description, id: string): Operation {
  const found = api.operations.find((operation) => operation.id === id);
  if (!found) throw new Error(`The description has no operation ${id}.`);
  return found;
}

/** All answers of an operation. */
export function answersOf({ document }: Description, operation: Operation): Answer[] {
  // It was read from there.
  const { responses = {} } = operation.docs as { responses?: Record<string, object> };
  return Object.entries(responses).map(([status, raw]) => {
    const answer = deref<{ description?: string; content?: object }>(document, raw);
    return { status, description: answer.description ?? "", example: exampleIn(answer.content) };
  });
}

/** The example of the body that an operation takes. */
export function bodyExampleOf({ document }: Description, operation: Operation): unknown {
  const { requestBody } = operation.docs as { requestBody?: object };
  if (!requestBody) return undefined;
  return exampleIn(deref<{ content?: object }>(document, requestBody).content);
}

function exampleIn(content: object | undefined): unknown {
  const [media] = Object.values(content ?? {}) as {
    example?: unknown;
    examples?: Record<string, { value?: unknown }>;
  }[];
  return media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
}
