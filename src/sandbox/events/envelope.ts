import { apiVersion } from "../../../generated/version.ts";

/** What all events begin with. */
export function eventEnvelope(at: number): {
  readonly createdAt: string;
  readonly version: string;
} {
  return { createdAt: new Date(at).toISOString(), version: apiVersion };
}
