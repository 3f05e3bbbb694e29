import type { Handlers } from "../../http/handler.ts";
import { notFound } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { interventions } from "./catalogue.ts";

/** The operations on interventions. */
export const interventionHandlers: Handlers<"listInterventions" | "getIntervention"> = {
  listInterventions({ query }) {
    const [vendor, vendorType] = [query.get("vendor"), query.get("vendorType")];
    const matching = interventions.filter(
      (each) =>
        (vendor === null || each.vendor === vendor) &&
        (vendorType === null || each.vendorType === vendorType),
    );
    return ok(matching);
  },
  getIntervention({ parameter }) {
    const id = parameter("interventionId");
    const found = interventions.find((each) => each.id === id);
    if (found === undefined) throw notFound(`There is no intervention with the ID ${id}`);
    return ok(found);
  },
};
