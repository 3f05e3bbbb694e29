import { describe, expect, it } from "vitest";
import { webhookEventNames } from "../../../generated/events.ts";
import { effectOf } from "../../../src/mirror/ingest/event-effects.ts";
import { exampleOf } from "../../support/webhook-events.ts";

const kinds = ["vehicle", "charger", "hvac", "inverter", "battery", "meter", "hem-system"] as const;

/** What the mirror keeps of each event; null when it has no use for it. */
const kept: Readonly<Record<string, string | null>> = {
  ...Object.fromEntries(
    kinds.flatMap((kind) => [
      [`user:${kind}:discovered`, "devices, and the user is read"],
      [`user:${kind}:updated`, "devices"],
      [`user:${kind}:deleted`, "devices"],
    ]),
  ),
  "user:vendor-action:updated": "actions",
  "user:credentials:invalidated": "the user is read",
  "user:vehicle:smart-charging-status-updated": null,
  "user:inverter:statistics-updated": null,
  "user:schedule:execution-updated": null,
  "system:heartbeat": null,
  "enode:webhook:test": null,
};

function effectOn(name: (typeof webhookEventNames)[number]): string | null {
  const effect = effectOf(exampleOf(name), "sandbox:client");
  if (effect === undefined) return null;
  if (typeof effect === "string") return `refused for its ${effect}`;
  const { record, user } = effect;
  return [record?.collection, user && "the user is read"].filter(Boolean).join(", and ");
}

describe("what the mirror keeps of an event", () => {
  it("is known of every event in the description", () => {
    // An event that is new belongs here: with what is kept of it, or with null when nothing is.
    expect(Object.keys(kept).sort()).toEqual([...webhookEventNames].sort());
  });

  it.each(webhookEventNames)("%s", (name) => {
    expect(effectOn(name)).toBe(kept[name]);
  });

  it.each(kinds)("of a %s that was discovered is partial, unless the event holds all", (kind) => {
    const effect = effectOf(exampleOf(`user:${kind}:discovered`), "sandbox:client");
    expect(effect).toMatchObject({ record: { partial: kind !== "charger" } });
  });

  it("of a deleted device is only whose it was", () => {
    const effect = effectOf(exampleOf("user:hvac:deleted"), "sandbox:client");
    expect(effect).toMatchObject({ record: { payload: null, kind: "hvac" } });
  });
});
