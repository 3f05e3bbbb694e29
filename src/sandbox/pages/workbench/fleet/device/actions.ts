import { actingKinds } from "../../../../../../generated/kinds.ts";
import type { ActionWire } from "../../../../simulation/actions.ts";
import { type Html, html } from "../../../shared/html.ts";
import { dayAndTime } from "../../shared/times.ts";
import { words } from "../shared/device-view.ts";

/** Whether devices of a kind take commands. */
export function takesActions(kind: string): boolean {
  return actingKinds.some((each) => each === kind);
}

/** The actions of a device, newest first. */
export function actionsView(actions: readonly ActionWire[]): Html {
  if (actions.length === 0) return html`<p class="hint">No action yet.</p>`;
  return html`<ul class="records">${actions.map(
    (action) => html`<li title="${action.id}"><strong>${aimOf(action)}</strong>
<span class="${moodOf(action)}">${action.state}</span>
<small>${timesOf(action)}${action.failureReason && html`<br>${action.failureReason.type}: ${action.failureReason.detail}`}</small></li>
`,
  )}</ul>
`;
}

function aimOf(action: ActionWire): string {
  if ("kind" in action) return action.kind === "START" ? "Start charging" : "Stop charging";
  if ("target" in action) return `Thermostat: ${words(targetOf(action.target))}`;
  const { targetState } = action;
  return "maxCurrent" in targetState
    ? `Current limit ${targetState.maxCurrent} A`
    : `Mode ${words(targetState.operationMode)}`;
}

function targetOf(target: Extract<ActionWire, { target: unknown }>["target"]): string {
  return "mode" in target ? `hold ${target.mode}` : "follow its schedule";
}

function moodOf({ state }: ActionWire): string {
  if (state === "CONFIRMED") return "good";
  return state === "PENDING" ? "warn" : "bad";
}

function timesOf({ createdAt, completedAt }: ActionWire): string {
  const begun = dayAndTime(Date.parse(createdAt));
  if (completedAt === null) return `${begun}, on its way`;
  const seconds = (Date.parse(completedAt) - Date.parse(createdAt)) / 1000;
  return `${begun}, ended after ${Math.round(seconds)} s`;
}
