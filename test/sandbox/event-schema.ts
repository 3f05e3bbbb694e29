import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { WebhookEvent } from "../../generated/types.ts";
import { description, lookUp } from "../support/openapi.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ ...description, $id: "openapi" });

/** Where the schema of an event stands, by the name of the event. */
const schemas = new Map(
  Object.entries(Object(lookUp("/components/schemas/WebhookEvent/discriminator/mapping"))),
);

/** What an event breaks of its own schema, and of the one of all events. */
export function faultsOf(event: WebhookEvent): string[] {
  const own = schemas.get(event.event);
  if (own === undefined) return [`${event.event} is not described`];
  return [String(own), "#/components/schemas/WebhookEvent"].flatMap((schema) => {
    const validate = ajv.getSchema(`openapi${schema}`);
    if (validate === undefined) return [`there is no ${schema}`];
    if (validate(event) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${event.event} ${instancePath} ${message}`,
    );
  });
}
