import type { Begin } from "./scenario.ts";

/** The data of a vendor stop changing and commands get no response; nothing says that there is an outage. */
export const beginVendorOutage: Begin = () => ({ silences: true });
