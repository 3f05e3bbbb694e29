import type { Schema } from "./document.ts";
import type { Operation } from "./operation.ts";

/** What the document says, checked and in one form: the input of every renderer. */
export interface Api {
  version: string;
  /** By TypeScript name, in the order of the document. */
  schemas: Map<string, Schema>;
  operations: Operation[];
  /** The schema of each webhook event, by its name. */
  webhookEvents: Map<string, Schema>;
  /** An example of each webhook event that has one, by its name. */
  webhookExamples: Map<string, Record<string, unknown>>;
}
