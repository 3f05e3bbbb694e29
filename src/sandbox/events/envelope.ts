import { apiVersion } from "../../../generated/version.ts";

/** The members that all events share. */
export function eventEnvelope(at: number): {
  readonly createdAt: string;
  readonly version: string;
} {
  return { createdAt: new Date(at).toISOString(), version: apiVersion };
}
