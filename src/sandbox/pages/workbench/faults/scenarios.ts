import type { Vendor } from "../../../../../generated/types.ts";
import { vendors } from "../../../simulation/devices/catalogue.ts";
import type { Scenario, ScenarioName } from "../../../simulation/scenarios/scenario.ts";
import type { RunningScenario } from "../../../simulation/scenarios/scenario-runner.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { BASE, hidden } from "../../shared/layout.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import type { Command } from "../shared/tab.ts";

const WORDS: Readonly<Record<ScenarioName, string>> = {
  "parked-car-flickers":
    "Now and then a car at rest reports for a minute or two what is not so: unplugged, charging or full.",
  "vendor-outage":
    "The data of devices stop changing and commands end with NO_RESPONSE, while everything else looks as usual.",
  "unplugged-after-charge":
    "A car that has charged up to its limit reports UNPLUGGED, though its cable is still connected.",
  "near-duplicates": "Every other update of a device comes again 1.5 s later, as another event.",
  "account-relinked":
    "Within 15 minutes another user links the vendor account of the oldest device: the first user's credentials stop working.",
};

/** The form whose fields the buttons of all scenarios send. */
const SCOPE_FORM = "scenario-scope";

/** The scenarios that run, with an ID each for the forms. */
export class ScenarioSwitches {
  readonly #context: PagesContext;
  readonly #ids = new WeakMap<Scenario, string>();
  #lastId = 0;

  constructor(context: PagesContext) {
    this.#context = context;
  }

  readonly commands: Readonly<Record<string, Command>> = {
    "scenario-begin": (form) => {
      const { sandbox, world } = this.#context;
      const name = sandbox.scenarios.names.find((each) => each === form.get("name"));
      if (name === undefined) return undefined;
      const [userId, vendor, deviceId] = ["user", "vendor", "device"].map((field) =>
        (form.get(field) ?? "").trim(),
      );
      if (userId && !world.users.has(userId)) return failure(`There is no user ${userId}.`);
      if (vendor && !vendors.includes(vendor)) return undefined;
      if (deviceId && !world.devices.has(deviceId))
        return failure(`There is no device ${deviceId}.`);
      const { scenario } = sandbox.scenarios.begin({
        name,
        ...(userId && { userId }),
        // It is one of the vendors.
        ...(vendor && { vendor: vendor as Vendor }),
        ...(deviceId && { deviceId }),
      });
      return { message: `The scenario ${name} has begun, for ${scopeWords(scenario)}.` };
    },
    "scenario-end": (form) => {
      const id = form.get("scenario");
      const running = this.#running().find((each) => each.id === id);
      if (running === undefined) return failure("The scenario has ended already.");
      running.end();
      return { message: `The scenario ${running.scenario.name} has ended.` };
    },
  };

  /** The live part: what can be begun, and what runs. */
  switches(forms: Forms): Html {
    const running = this.#running();
    return html`<div id="scenarios" data-part data-group>
<ul class="switches">
${Object.entries(WORDS).map(
  ([
    name,
    words,
  ]) => html`<li id="scenario-${name}"><span class="about"><strong>${name}</strong><small>${words}</small></span>
<button class="quiet" form="${SCOPE_FORM}" name="name" value="${name}" aria-label="Begin ${name}">Begin</button></li>
`,
)}</ul>
${
  running.length > 0 &&
  html`<h3>Running</h3>${formStart(forms)}${hidden("do", "scenario-end")}<ul class="switches">
${running.map(
  ({
    id,
    scenario,
  }) => html`<li id="running-${id}"><span class="about"><strong>${scenario.name}</strong><small>For ${scopeWords(scenario)}.</small></span>
<button class="quiet" name="scenario" value="${id}" aria-label="End ${scenario.name} for ${scopeWords(scenario)}">End</button></li>
`,
)}</ul></form>`
}</div>`;
  }

  #running(): (RunningScenario & { readonly id: string })[] {
    return this.#context.sandbox.scenarios.list().map((running) => {
      let id = this.#ids.get(running.scenario);
      if (id === undefined) {
        this.#lastId += 1;
        id = String(this.#lastId);
        this.#ids.set(running.scenario, id);
      }
      return { ...running, id };
    });
  }
}

/** The panel around the live part, with the choice of devices. */
export function scenariosView(switches: Html, forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="scenarios-title">
<header><h2 id="scenarios-title">Scenarios</h2></header>
<p class="hint">What real devices and vendors do to data.</p>
<form id="${SCOPE_FORM}" method="post" action="${BASE}/do" class="row fields">
${hidden("token", forms.token)}${hidden("back", forms.back)}${hidden("do", "scenario-begin")}
<p class="field"><label for="scenario-user">Only of the user</label>
<input id="scenario-user" name="user" list="fault-users" placeholder="any user" autocomplete="off"></p>
<p class="field"><label for="scenario-vendor">Only of the vendor</label>
<select id="scenario-vendor" name="vendor"><option value="">any vendor</option>${vendors.map((vendor) => html`<option>${vendor}</option>`)}</select></p>
<p class="field"><label for="scenario-device">Only the device with the ID</label>
<input id="scenario-device" name="device" list="fault-devices" placeholder="any device" autocomplete="off"></p></form>
${switches}</section>`;
}

function scopeWords({ userId, vendor, deviceId }: Scenario): string {
  const parts = [
    deviceId !== undefined && `the device ${deviceId}`,
    vendor !== undefined && `devices of ${vendor}`,
    userId !== undefined && `the user ${userId}`,
  ];
  return parts.filter((part) => part !== false).join(", ") || "all devices";
}

function failure(message: string) {
  return { message, isFailure: true };
}
