// One car: what it does, and what can be done with it.
import type { SmartChargingStatus, Vehicle } from "enode-sdk";
import type { Car } from "../cars.ts";
import type { Command } from "../commands.ts";
import { levelView, relinkView } from "./fleet.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./layout.ts";
import { smartChargingView } from "./smart-charging.ts";
import { ago, amount, clock } from "./text.ts";

/** What the page shows. */
export interface CarView {
  readonly car: Car;
  readonly command: Command | undefined;
  readonly smart: SmartChargingStatus | undefined;
  readonly isSignedOut: boolean;
  /** Chart and sessions; undefined for a car that was just discovered. */
  readonly history: Html | undefined;
  readonly now: Date;
  readonly timeZone: string;
}

/** The page of a car. */
export function carPage(view: CarView): Page {
  const { car, isSignedOut, history } = view;
  const { vehicle } = car;
  return {
    title: car.name,
    content: html`<p class="back"><a href="/">Cars</a></p>
<div class="title"><h1>${car.name}</h1><p class="soft">${car.model !== car.name && html`${car.model}, `}updated ${ago(car.observedAt, view.now)}</p></div>
${isSignedOut && car.vendor !== null && relinkView(car.vendor)}
${
  vehicle === undefined
    ? html`<p class="card empty">This car was just found. What it has to tell arrives soon.</p>`
    : html`<div class="columns"><div>${chargingView(vehicle, view)}${history}</div>${smartChargingView(vehicle, view.smart, view.now, view.timeZone)}</div>`
}`,
  };
}

function chargingView(vehicle: Vehicle, view: CarView): Html {
  const { chargeState: state, odometer } = vehicle;
  return html`<section class="card" aria-labelledby="charging">
<h2 id="charging">Charging</h2>
<p class="now">${levelView(state.batteryLevel, state.chargeLimit)} <strong>${stateText(vehicle)}</strong></p>
<dl class="facts">
<div><dt>Range</dt><dd>${amount(state.range, "km")}</dd></div>
<div><dt>Charges up to</dt><dd>${amount(state.chargeLimit, "%")}</dd></div>
<div><dt>Full in</dt><dd>${timeLeft(state.chargeTimeRemaining)}</dd></div>
<div><dt>Odometer</dt><dd>${amount(odometer.distance, "km")}</dd></div>
</dl>
<form class="actions" method="post" action="/cars/${vehicle.id}/charging">
<button class="primary" id="start" name="do" value="start"${state.isCharging === true && html` disabled`}>Start charging</button>
<button id="stop" name="do" value="stop"${state.isCharging !== true && html` disabled`}>Stop charging</button>
</form>
<p id="outcome" role="status">${outcomeText(view)}</p>
</section>`;
}

function stateText({
  chargeState: { powerDeliveryState, chargeRate },
  isReachable,
}: Vehicle): string {
  if (isReachable === false) return "Out of reach";
  switch (powerDeliveryState) {
    case "UNPLUGGED":
      return "Unplugged";
    case "PLUGGED_IN:INITIALIZING":
      return "About to charge";
    case "PLUGGED_IN:CHARGING":
      return `Charging at ${amount(chargeRate, "kW", 1)}`;
    case "PLUGGED_IN:COMPLETE":
      return "Charged";
    case "PLUGGED_IN:NO_POWER":
      return "Plugged in, but there is no power";
    case "PLUGGED_IN:FAULT":
      return "The charger reports a fault";
    // Enode adds states without a new version of its API.
    default:
      return powerDeliveryState.startsWith("PLUGGED_IN") ? "Plugged in" : "Not known";
  }
}

function timeLeft(minutes: number | null): string {
  if (minutes === null) return amount(null, "");
  return minutes < 60
    ? `${Math.round(minutes)} min`
    : `${Math.floor(minutes / 60)} h ${Math.round(minutes % 60)} min`;
}

function outcomeText({ command, now, timeZone }: CarView): Html | null {
  if (command === undefined) return null;
  const what = command.kind === "start" ? "Start charging" : "Stop charging";
  const at = clock(command.at, now, timeZone);
  if (command.state === "waiting") return html`${what} (${at}): waiting for the car…`;
  if (command.state === "done")
    return html`<span class="good">${what} (${at}): the car has confirmed it.</span>`;
  return html`<span class="bad">${what} (${at}): ${command.reason}</span>`;
}
