import type { Intervention } from "../../../../../../generated/types.ts";
import { isCapability } from "../../../../simulation/devices/capability.ts";
import type { SandboxDevice } from "../../../../simulation/devices/wire.ts";
import { type Html, html, type Piece } from "../../../shared/html.ts";
import { words } from "../shared/device-view.ts";
import { factsView } from "../shared/panel.ts";
import type { DeviceState } from "./state.ts";

/** What a device is capable of, and the scopes that its user granted. */
export function abilitiesView({ capabilities, scopes }: SandboxDevice): Html {
  const rows = Object.entries(capabilities).map(
    ([name, value]: [string, unknown]) => [name, abilityOf(value)] as const,
  );
  return html`${factsView(rows)}<p class="hint">Scopes: ${scopes.length === 0 ? "none" : scopes.join(", ")}</p>`;
}

function abilityOf(value: unknown): Piece {
  if (!isCapability(value)) return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
  if (value.isCapable) return html`<span class="good">yes</span>`;
  return html`<span class="bad">no</span>${value.interventionIds.length > 0 && ", needs an intervention"}`;
}

/** What the user has to do before a device is capable again. */
export function interventionsView(interventions: readonly Intervention[]): Html | null {
  if (interventions.length === 0) return null;
  return html`<ul class="records">${interventions.map(
    ({ id, domain, resolution: { title, description, access, agent } }) =>
      html`<li title="${id}"><strong>${title}</strong> <span class="hint">${domain}, ${access.toLowerCase()}, by ${words(agent)}</span>
<small>${description}</small></li>
`,
  )}</ul>`;
}

/** Where a device is. */
export function locationView({ wire: { location }, locations }: DeviceState): Html {
  const place = locations.find(({ id }) => id === location.id);
  const { latitude, longitude } = { latitude: null, longitude: null, ...location };
  return factsView([
    ["Location", place?.name ?? "at none of the user's"],
    ...(latitude === null || longitude === null
      ? []
      : [["Position", `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`] as const]),
    ...(place?.timezoneName === undefined ? [] : [["Time zone", place.timezoneName] as const]),
  ]);
}
