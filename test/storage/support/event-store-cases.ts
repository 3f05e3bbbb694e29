/** What the cases of event stores make their deliveries with. */
export { deliveryOf, placesOf } from "../../../src/storage/conformance/events/records.ts";
