import type { Content, Detector } from "./detector.ts";

/** Whether the credentials of the vendor accounts of a user work. */
export const credentialsDetector: Detector = {
  key: "credentials",
  names: ["credentials:invalid", "credentials:valid"],
  kinds: ["user"],
  read({ linkedVendors }) {
    if (!Array.isArray(linkedVendors)) return undefined;
    const valid: Record<string, boolean> = {};
    for (const account of linkedVendors) {
      const { vendor, isValid } = Object(account) as Content;
      if (typeof vendor !== "string" || typeof isValid !== "boolean") continue;
      // One account has an entry for each type of device.
      valid[vendor] = isValid && valid[vendor] !== false;
    }
    return valid;
  },
  changes: (_, after, __, subject) => [
    {
      name: after === true ? "credentials:valid" : "credentials:invalid",
      details: { vendor: subject },
    },
  ],
};
