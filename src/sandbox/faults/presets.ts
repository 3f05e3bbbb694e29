import type { DeliveryFault, Fault } from "./fault.ts";

/** A fault with a name. */
export interface FaultPreset {
  /** ID for `faults.set()`. */
  readonly id: FaultPresetId;
  /** Name in logs and on pages. */
  readonly title: string;
  /** What goes wrong, in one sentence. */
  readonly description: string;
}

/** The ID of a preset for `faults.set()`. */
export type FaultPresetId =
  | "slow"
  | "rate-limited"
  | "server-errors"
  | "reset-before"
  | "reset-after"
  | "stalled-body"
  | "broken-body"
  | "truncated-json"
  | "html-error"
  | "token-expired"
  | "token-revoked"
  | "repeated-cursor"
  | "unknown-values"
  | "deliveries-duplicated"
  | "deliveries-reordered"
  | "deliveries-dropped"
  | "unknown-events"
  | "updates-stale"
  | "updates-repeated"
  | "discoveries-null"
  | "discoveries-sparse";

const HTML =
  "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

function preset(
  id: FaultPresetId,
  title: string,
  description: string,
  fault: Fault | DeliveryFault,
): FaultPreset & { readonly fault: Fault | DeliveryFault } {
  return { id, title, description, fault: { title, ...fault } };
}

/** All presets. */
export const presets: readonly ReturnType<typeof preset>[] = [
  preset("slow", "Slow answers", "Every answer takes three seconds longer.", { delay: 3_000 }),
  preset("rate-limited", "Too many requests", "Answers 429, with Retry-After of five seconds.", {
    status: 429,
    headers: { "retry-after": "5" },
  }),
  preset("server-errors", "Bursts of 503", "Two of every four requests are answered with 503.", {
    status: 503,
    bursts: { of: 2, every: 4 },
  }),
  preset("reset-before", "Reset before handling", "The connection breaks; nothing was done.", {
    reset: true,
  }),
  preset(
    "reset-after",
    "Reset after handling",
    "The request is carried out, then the connection breaks.",
    {
      reset: true,
      strikes: "after",
    },
  ),
  preset("stalled-body", "Stalled body", "Half of the body comes, then nothing more.", {
    cut: "stalled",
  }),
  preset("broken-body", "Broken body", "Half of the body comes, then the connection breaks.", {
    cut: "broken",
  }),
  preset("truncated-json", "Truncated JSON", "Half of the body comes as though it were whole.", {
    cut: "short",
  }),
  preset("html-error", "HTML error page", "Answers 502 with a page of a proxy, not with JSON.", {
    status: 502,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: HTML,
  }),
  preset("token-expired", "Expired token", "One token of every three requests has expired early.", {
    token: "expired",
    bursts: { of: 1, every: 3 },
  }),
  preset("token-revoked", "Revoked token", "One token of every three requests was revoked.", {
    token: "revoked",
    bursts: { of: 1, every: 3 },
  }),
  preset("repeated-cursor", "Repeated cursor", "The second page of a list leads to itself.", {
    repeatCursor: true,
  }),
  preset(
    "unknown-values",
    "Unknown values",
    "Answers hold members and enum values that nobody knows.",
    {
      unknowns: true,
    },
  ),
  preset(
    "deliveries-duplicated",
    "Duplicated deliveries",
    "Each delivery to a webhook comes twice.",
    {
      delivery: "duplicated",
    },
  ),
  preset("deliveries-reordered", "Reordered deliveries", "Older events come after newer ones.", {
    delivery: "reordered",
  }),
  preset("deliveries-dropped", "Dropped deliveries", "Deliveries to webhooks never arrive.", {
    delivery: "dropped",
  }),
  preset(
    "unknown-events",
    "Unknown values in events",
    "Events hold members and enum values that nobody knows.",
    {
      delivery: "unknowns",
    },
  ),
  preset(
    "updates-stale",
    "Stale updates",
    "After an update of a device comes an older one: lastSeen runs backwards.",
    { delivery: "stale" },
  ),
  preset(
    "updates-repeated",
    "Repeated updates",
    "An update of a device comes again within two seconds, as another event.",
    { delivery: "repeated" },
  ),
  preset(
    "discoveries-null",
    "Discoveries with nulls",
    "Of a discovered device all but its information is null.",
    { delivery: "null-parts" },
  ),
  preset(
    "discoveries-sparse",
    "Sparse discoveries",
    "Of a discovered device there is nothing but its information.",
    { delivery: "missing-parts" },
  ),
];
