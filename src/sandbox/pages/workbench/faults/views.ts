import type { StandingFault } from "../../../faults/fault-injector.ts";
import type { FaultPreset } from "../../../faults/presets.ts";
import { type Html, html } from "../../shared/html.ts";
import { BASE, hidden } from "../../shared/layout.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { type Reach, reachFields, reachWords } from "./reach.ts";

/** A fault switch: a preset, its state, and whether it can be switched off here. */
export interface Switch extends FaultPreset {
  readonly isForDeliveries: boolean;
  readonly standing: StandingFault | undefined;
  readonly isOwn: boolean;
}

/** The form whose fields the switches send, wherever they stand. */
const REACH_FORM = "fault-reach";

/** The choice of what the faults strike. It is no live part. */
export function reachView(reach: Reach, forms: Forms): Html {
  return html`<form id="${REACH_FORM}" method="post" action="${BASE}/do" class="row fields" data-auto>
${hidden("token", forms.token)}${hidden("back", forms.back)}${hidden("do", "fault")}
${reachFields(reach, "reach")}
<button class="quiet">Apply to the faults that are on</button></form>`;
}

/** The switches of all presets. */
export function switchesView(switches: readonly Switch[]): Html {
  const lists = [
    {
      id: "requests",
      title: "Requests",
      entries: switches.filter((each) => !each.isForDeliveries),
    },
    {
      id: "deliveries",
      title: "Deliveries and events",
      entries: switches.filter((each) => each.isForDeliveries),
    },
  ];
  return html`<div id="faults" data-part>
${lists.map(
  ({ id, title, entries }) => html`<h3 id="faults-${id}">${title}</h3>
<ul class="switches" aria-labelledby="faults-${id}">
${entries.map(switchView)}</ul>`,
)}</div>`;
}

function switchView({ id, title, description, standing, isOwn }: Switch): Html {
  const isOn = standing !== undefined;
  const state =
    isOn && !isOwn
      ? html`<span class="hint">Set by the program</span>`
      : html`<span class="word" aria-hidden="true">${isOn ? "On" : "Off"}</span><button class="toggle" form="${REACH_FORM}" role="switch" name="${isOn ? "off" : "on"}" value="${id}" aria-checked="${isOn ? "true" : "false"}" aria-describedby="about-${id}" aria-label="${title}"></button>`;
  return html`<li id="fault-${id}" data-group>
<span class="about"><strong>${title}</strong><small id="about-${id}">${description}${isOn && ` ${wordsFor(standing)}`}</small></span>${state}</li>
`;
}

/** All faults that stand, whoever has set them. */
export function standingView(standing: readonly StandingFault[], forms: Forms): Html {
  return html`<section class="panel" id="standing-faults" data-part data-group aria-labelledby="standing-title">
<header><h2 id="standing-title">On now</h2>
${formStart(forms)}<button class="quiet" name="do" value="faults-off">Clear all</button></form></header>
${
  standing.length === 0
    ? html`<p class="hint">No fault stands. “Clear all” also ends those that wait for a request or command.</p>`
    : html`${formStart(forms)}${hidden("do", "fault-clear")}<ul class="switches">
${standing.map(
  (each) =>
    html`<li id="standing-${each.id}"><span class="about"><strong>${each.title}</strong><small>${wordsFor(each)}</small></span>
<button class="quiet" name="fault" value="${each.id}" aria-label="Clear ${each.title}">Clear</button></li>
`,
)}</ul></form>`
}</section>`;
}

function wordsFor({ fault, struck }: StandingFault): string {
  const times = struck === 1 ? "once" : `${struck} times`;
  return `${reachWords("delivery" in fault ? { times: fault.times, bursts: fault.bursts } : fault)} Struck ${times}.`.trim();
}
