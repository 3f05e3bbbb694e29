import type { Begin } from "./scenario.ts";

/** Every other update of a device, on average, comes again within two seconds. */
export const beginNearDuplicates: Begin = ({ random }) => ({
  repeats: () => random.fraction() < 0.5,
});
