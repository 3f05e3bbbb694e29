import type { OperationId } from "../../../../../../generated/operations.ts";
import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import { type Html, html } from "../../../shared/html.ts";
import { copyView } from "../../shared/code-view.ts";
import { curlText } from "../../shared/curl.ts";
import { sdkCall } from "../../shared/sdk-call.ts";

const READS: Readonly<Record<DeviceKind, OperationId>> = {
  vehicle: "getVehicle",
  charger: "getCharger",
  hvac: "getHvac",
  inverter: "getInverter",
  battery: "getBattery",
  meter: "getMeter",
};

/** The call that reads a device, to copy. */
export function callsView(url: string, kind: DeviceKind, id: string): Html {
  // The value is replaced by the variable of the shell.
  const headers = [["authorization", "Bearer"]] as const;
  const path = { [`${kind}Id`]: id };
  const query = new URLSearchParams();
  return html`<div class="copies">
${copyView("device-curl", "curl", curlText({ method: "GET", url, headers, body: null }))}
${copyView("device-sdk", "enode-sdk", sdkCall({ operation: READS[kind], path, query, body: null }))}</div>
`;
}
