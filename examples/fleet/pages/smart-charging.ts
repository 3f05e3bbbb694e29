// Smart charging of a car: the form, the plan, and how it goes.
import type { SmartChargingPlan, SmartChargingStatus, Vehicle } from "enode-sdk";
import { type Html, html } from "./html.ts";
import { amount, clock, money } from "./text.ts";

/** Smart charging of a car. */
export function smartChargingView(
  vehicle: Vehicle,
  status: SmartChargingStatus | undefined,
  now: Date,
  timeZone: string,
): Html {
  const { isEnabled } = vehicle.smartChargingPolicy;
  return html`<section class="card" aria-labelledby="smart">
<h2 id="smart">Smart charging</h2>
${
  !vehicle.capabilities.smartCharging.isCapable
    ? html`<p>This car cannot be charged by a plan.</p>`
    : isEnabled
      ? planView(vehicle, status, now, timeZone)
      : formView(vehicle)
}
</section>`;
}

function formView({ id, smartChargingPolicy }: Vehicle): Html {
  return html`<p class="soft">Charges in the cheap hours, and is full when you need it. Where the car stands now is taken for its home.</p>
<form class="fields" method="post" action="/cars/${id}/smart-charging">
${field("deadline", "Full by", "time", smartChargingPolicy.deadline ?? "07:00")}
${field("minimumLevel", "At once up to (%)", "number", String(smartChargingPolicy.minimumChargeLimit), html` min="0" max="100"`)}
${field("nightFrom", "Cheap from", "time", "00:00")}
${field("nightTo", "Cheap until", "time", "06:00")}
${field("nightPrice", "Cheap kWh costs", "number", "0.12", html` min="0" step="0.001"`)}
${field("dayPrice", "Other kWh costs", "number", "0.31", html` min="0" step="0.001"`)}
<button class="primary">Enable smart charging</button>
</form>`;
}

function field(
  name: string,
  label: string,
  type: string,
  value: string,
  more: Html | null = null,
): Html {
  return html`<label>${label}<input name="${name}" type="${type}" value="${value}" required${more}></label>`;
}

function planView(
  vehicle: Vehicle,
  status: SmartChargingStatus | undefined,
  now: Date,
  timeZone: string,
): Html {
  const { deadline, minimumChargeLimit } = vehicle.smartChargingPolicy;
  const isPlanned = status?.state.startsWith("PLAN:EXECUTING") === true;
  const isOverridden = status?.smartOverride != null && status.smartOverride.endedAt === null;
  return html`<p id="plan-state"><strong>${stateText(status)}</strong></p>
${
  status?.consideration &&
  html`<ul class="checks">${Object.entries(CONDITIONS).map(([name, text]) => {
    const holds = Reflect.get(status.consideration ?? {}, name) === true;
    return html`<li class="${holds ? "good" : "bad"}">${holds ? "✓" : "✗"} ${text}</li>`;
  })}</ul>`
}
${status?.plan && planFacts(status.plan, now, timeZone)}
<dl class="facts"><div><dt>Full by</dt><dd>${deadline}</dd></div><div><dt>At once up to</dt><dd>${amount(minimumChargeLimit, "%")}</dd></div></dl>
<div class="actions">
${
  isPlanned &&
  html`<form method="post" action="/cars/${vehicle.id}/override">${
    isOverridden
      ? html`<button id="override" name="do" value="end">Back to the plan</button>`
      : html`<button id="override" name="do" value="begin">Charge now</button>`
  }</form>
`
}<form method="post" action="/cars/${vehicle.id}/smart-charging/off"><button id="smart-off">Disable</button></form>
</div>`;
}

const CONDITIONS = {
  isPluggedIn: "plugged in",
  isCharging: "charging",
  atChargingLocation: "at home",
  hasTimeEstimate: "the time that it needs is known",
} as const;

const STATES: Readonly<Record<string, string>> = {
  DISABLED: "Off",
  CONSIDERING: "Waits until it can plan",
  FULLY_CHARGED: "The battery is full",
  "PLAN:EXECUTING:STOPPING": "Stops charging until it is cheap",
  "PLAN:EXECUTING:STOP_FAILED": "The car does not stop charging",
  "PLAN:EXECUTING:STOPPED": "Waits for the cheap hours",
  "PLAN:EXECUTING:STOPPED:AWAITING_PRICES": "Waits for the prices of tomorrow",
  "PLAN:EXECUTING:STARTING": "Starts charging: it is cheap now",
  "PLAN:EXECUTING:START_FAILED": "The car does not start charging",
  "PLAN:EXECUTING:STARTED": "Charges in the cheap hours",
  "PLAN:EXECUTING:CHARGE_INTERRUPTED": "The charge was interrupted",
  "PLAN:EXECUTING:OVERRIDDEN": "Charges now, against the plan",
  "PLAN:ENDED:FINISHED": "Done: the battery is full",
  "PLAN:ENDED:UNPLUGGED": "Ended: unplugged",
  "PLAN:ENDED:FAILED": "The plan has failed",
  "PLAN:ENDED:DISABLED": "Off",
  "PLAN:ENDED:DEADLINE_CHANGED": "Plans again",
};

function stateText(status: SmartChargingStatus | undefined): string {
  // Enode adds states without a new version of its API.
  return (status && STATES[status.state]) ?? "On";
}

function planFacts(plan: SmartChargingPlan, now: Date, timeZone: string): Html {
  const { nonSmartCost, smartCost, currency } = plan;
  const saved = smartCost === null ? null : nonSmartCost - smartCost;
  return html`<dl class="facts" id="plan">
<div><dt>${plan.endedAt === null ? "Charges from" : "Charged from"}</dt><dd>${plan.startAt === null ? "not known yet" : clock(plan.startAt, now, timeZone)}</dd></div>
<div><dt>${plan.endedAt === null ? "Done about" : "Until"}</dt><dd>${clock(plan.endedAt ?? plan.estimatedFinishAt, now, timeZone)}</dd></div>
<div><dt>Costs</dt><dd>${money(smartCost, currency)}</dd></div>
<div><dt>Saves</dt><dd>${money(saved, currency)}</dd></div>
</dl>`;
}
