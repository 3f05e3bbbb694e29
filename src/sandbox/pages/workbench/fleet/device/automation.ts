import type {
  SmartChargingPolicy,
  SmartChargingStatus,
} from "../../../../../../generated/types.ts";
import { type Html, html } from "../../../shared/html.ts";
import { dayAndTime } from "../../shared/times.ts";
import { words } from "../shared/device-view.ts";
import { factsView } from "../shared/panel.ts";
import type { ScheduleView } from "./state.ts";

const MOST_TRANSITIONS = 4;

/** The schedules of a device, and what they do next. */
export function schedulesView(schedules: readonly ScheduleView[]): Html | null {
  if (schedules.length === 0) return null;
  return html`<ul class="records">${schedules.map(
    ({
      schedule,
      status,
    }) => html`<li title="${schedule.id}"><strong>${"defaultShouldCharge" in schedule ? "Charging" : "Temperature"}, ${schedule.rules.length} ${schedule.rules.length === 1 ? "rule" : "rules"}</strong>
<span class="${status.state === "ALIGNED" ? "good" : "warn"}">${status.state}</span>
<small>since ${at(status.changedAt)}</small>
${transitionsView(status.upcomingTransitions)}</li>
`,
  )}</ul>
`;
}

type Transition = ScheduleView["status"]["upcomingTransitions"][number];

function transitionsView(transitions: readonly Transition[]): Html | null {
  if (transitions.length === 0) return null;
  return html`<table><thead><tr><th scope="col">Next</th><th scope="col">From then on</th></tr></thead><tbody>${transitions
    .slice(0, MOST_TRANSITIONS)
    .map((each) => html`<tr><td>${at(each.at)}</td><td>${aimOf(each)}</td></tr>`)}</tbody></table>`;
}

function aimOf(transition: Transition): string {
  if ("shouldCharge" in transition) return transition.shouldCharge ? "Charges" : "Does not charge";
  const { target } = transition;
  return [
    "mode" in target ? words(target.mode) : "Own programme",
    "heatSetpoint" in target && `heat to ${target.heatSetpoint} °C`,
    "coolSetpoint" in target && `cool to ${target.coolSetpoint} °C`,
  ]
    .filter((each) => each !== false)
    .join(", ");
}

/** The policy of smart charging and its plan, with the times at which that acts. */
export function smartChargingView(
  { isEnabled, deadline, minimumChargeLimit }: SmartChargingPolicy,
  { state, stateChangedAt, plan, smartOverride, consideration }: SmartChargingStatus,
): Html {
  const missing = Object.entries(consideration ?? {}).filter(([, holds]) => !holds);
  return html`${factsView([
    ["Policy", isEnabled ? "On" : "Off"],
    ["Full by", deadline ?? "no deadline"],
    ["At once up to", `${minimumChargeLimit} %`],
    ["State", state],
    ["Since", at(stateChangedAt)],
    ...missing.map(([name]) => ["Waits for", words(name.replace(/(?=[A-Z])/g, "_"))] as const),
    ...(smartOverride === null ? [] : [["Overridden since", at(smartOverride.createdAt)] as const]),
  ])}${plan !== null && planView(plan)}`;
}

function planView(plan: NonNullable<SmartChargingStatus["plan"]>): Html {
  const steps: readonly (readonly [string, string | null, string | null])[] = [
    ["Stops", plan.stopAt, plan.stopConfirmedAt],
    ["Starts", plan.startAt, plan.startConfirmedAt],
    ["Is full", plan.estimatedFinishAt, plan.endedAt],
  ];
  const money = (cost: number | null) =>
    cost === null ? "unknown" : `${cost.toFixed(2)} ${plan.currency}`;
  return html`<table><thead><tr><th scope="col">Plan</th><th scope="col">At</th><th scope="col">Done</th></tr></thead>
<tbody>${steps.map(
    ([name, planned, done]) =>
      html`<tr><td>${name}</td><td>${planned === null ? "–" : at(planned)}</td><td>${done === null ? "–" : at(done)}</td></tr>`,
  )}</tbody></table>
<p class="hint">Costs ${money(plan.smartCost)} in place of ${money(plan.nonSmartCost)}.${plan.finalState !== null && ` ${plan.finalState}.`}${plan.failureCondition !== null && ` ${plan.failureCondition}.`}</p>`;
}

function at(time: string): string {
  return dayAndTime(Date.parse(time));
}
