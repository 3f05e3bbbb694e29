import { operations } from "../../../../generated/operations.ts";
import type { StandingFault } from "../../faults/fault-injector.ts";
import type { FaultPreset } from "../../faults/presets.ts";
import { deviceKinds } from "../../simulation/devices/catalogue.ts";
import { type Html, html } from "../shared/html.ts";
import { BASE, hidden } from "../shared/layout.ts";
import { chart } from "./chart.ts";
import { type Forms, formStart } from "./device-list.ts";
import type { Sample } from "./history.ts";
import type { ControlState } from "./state.ts";
import { dayAndTime } from "./times.ts";

/** A fault switch: a preset, its state, and whether it can be switched off here. */
export interface Switch extends FaultPreset {
  readonly standing: StandingFault | undefined;
  readonly isOwn: boolean;
}

export function controlView(
  state: ControlState,
  parts: ReadonlyMap<string, Html>,
  forms: Forms,
  notice: string,
  env: string,
): Html {
  return html`<header><h1>Enode sandbox</h1>
<span class="badge" id="connection">Not live: reload to see what is new</span></header>
<p role="status" id="notice" class="notice">${notice}</p>
<p role="log" aria-live="polite" id="news" class="unseen"></p>
<main class="columns" data-stream="${BASE}/stream">
<div class="column">
${parts.get("clock")}
<form method="get" action="/" role="search" class="panel search">
<label for="q">Search users and devices</label>
<div class="row"><input id="q" name="q" type="search" value="${state.query.search}" autocomplete="off">
<button class="quiet">Search</button></div>
</form>
${parts.get("devices")}
${addView(forms)}
</div>
<div class="column">
${parts.get("chart")}
${parts.get("faults")}
${parts.get("requests")}
${parts.get("deliveries")}
${envView(env)}
</div>
</main>`;
}

export function clockView({ now }: ControlState, forms: Forms): Html {
  return html`<section class="panel" id="clock" data-part data-group aria-labelledby="clock-title">
<header><h2 id="clock-title">Clock</h2><time class="time" datetime="${new Date(now).toISOString()}">${dayAndTime(now)} UTC</time></header>
${formStart(forms)}${hidden("do", "advance")}
<button class="quiet" name="minutes" value="5">Advance 5 minutes</button>
<button class="quiet" name="minutes" value="60">1 hour</button>
<button class="quiet" name="minutes" value="480">8 hours</button>
</form></section>`;
}

export function chartView({ chosen }: ControlState, samples: readonly Sample[]): Html {
  return html`<section class="panel" id="chart" data-part aria-labelledby="chart-title">
<header><h2 id="chart-title">Power and battery level</h2>${chosen && html`<span class="badge">${chosen.name}</span>`}</header>
${chosen === undefined ? html`<p class="hint">No device yet.</p>` : chart(`${chosen.name} of ${chosen.userId}`, samples)}
</section>`;
}

export function faultsView(switches: readonly Switch[], forms: Forms): Html {
  const isAnyOn = switches.some(({ standing }) => standing !== undefined);
  return html`<section class="panel" id="faults" data-part aria-labelledby="faults-title">
<header><h2 id="faults-title">Faults</h2>
${isAnyOn && html`${formStart(forms)}<button class="quiet" name="do" value="faults-off">Clear all</button></form>`}</header>
${formStart(forms)}${hidden("do", "fault")}
<label for="operation">Only requests of</label>
<select id="operation" name="operation"><option value="">any operation</option><option>token</option>
${Object.keys(operations).map((id) => html`<option>${id}</option>`)}</select>
<ul class="scroll switches" tabindex="0" aria-labelledby="faults-title">
${switches.map(switchView)}</ul></form>
</section>`;
}

function switchView({ id, title, description, standing, isOwn }: Switch): Html {
  const isOn = standing !== undefined;
  const button =
    isOn && !isOwn
      ? html`<span class="hint">Set by the program</span>`
      : html`<button class="toggle" role="switch" name="${isOn ? "off" : "on"}" value="${id}" aria-checked="${isOn ? "true" : "false"}" aria-describedby="about-${id}" aria-label="${title}"></button>`;
  return html`<li id="fault-${id}" data-group>
<span class="about"><strong>${title}</strong><small id="about-${id}">${description}${isOn && ` ${wordsFor(standing)}`}</small></span>${button}</li>
`;
}

function wordsFor({ fault, struck }: StandingFault): string {
  const scope = "operation" in fault ? `Only ${fault.operation}. ` : "";
  return `${scope}Struck ${struck === 1 ? "once" : `${struck} times`}.`;
}

function addView(forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="add-title">
<header><h2 id="add-title">Add a device</h2></header>
${formStart(forms, true)}
<label for="add-user">User ID</label><input id="add-user" name="user" required maxlength="200" autocomplete="off">
<label for="add-kind">Kind</label><select id="add-kind" name="kind">${deviceKinds.map((kind) => html`<option>${kind}</option>`)}</select>
<button class="quiet" name="do" value="add">Add</button></form></section>`;
}

function envView(env: string): Html {
  return html`<section class="panel" aria-labelledby="env-title">
<header><h2 id="env-title">Environment variables</h2>
<button class="quiet" type="button" data-copy="env">Copy</button></header>
<pre class="env" id="env" tabindex="0" role="group" aria-labelledby="env-title">${env}</pre>
<p class="hint">With them, <code>Enode.fromEnv()</code> finds this sandbox.</p></section>`;
}
