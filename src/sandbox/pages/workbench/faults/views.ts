import { operations } from "../../../../../generated/operations.ts";
import type { StandingFault } from "../../../faults/fault-injector.ts";
import type { FaultPreset } from "../../../faults/presets.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { type Forms, formStart } from "../shared/forms.ts";

/** A fault switch: a preset, its state, and whether it can be switched off here. */
export interface Switch extends FaultPreset {
  readonly standing: StandingFault | undefined;
  readonly isOwn: boolean;
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
