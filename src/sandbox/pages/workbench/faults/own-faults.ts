import type { ActionFault } from "../../../faults/fault.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { firstOf } from "../shared/first-of.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import type { Command } from "../shared/tab.ts";
import { isCount, reachFields, reachOf } from "./reach.ts";

const FAILURES: Readonly<Record<ActionFault["type"], true>> = {
  NO_RESPONSE: true,
  FAILED_PRECONDITION: true,
  CONFLICT: true,
  NOT_FOUND: true,
  UNNECESSARY: true,
  REQUESTED_CANCELLATION: true,
};

// A list that a browser can show.
const MOST_DEVICES = 50;

/** The commands that make requests and commands of devices fail as one chooses. */
export function ownFaultCommands({ sandbox }: PagesContext): Readonly<Record<string, Command>> {
  const { faults, devices } = sandbox;
  return {
    "own-fault"(form) {
      const status = Number(form.get("status"));
      const reach = reachOf(form);
      if (!Number.isInteger(status) || status < 200 || status > 599 || reach === undefined)
        return undefined;
      faults.set({ status, ...reach });
      const where = reach.operation ?? "any operation";
      return { message: `Requests of ${where} are answered with status ${status}.` };
    },
    "next-action"(form) {
      const type = form.get("type") ?? "";
      const deviceId = (form.get("device") ?? "").trim();
      const times = Number(form.get("times") || 1);
      if (!isFailure(type) || !isCount(times)) return undefined;
      if (deviceId !== "" && devices.get(deviceId) === undefined) {
        return { message: `There is no device ${deviceId}.`, isFailure: true };
      }
      faults.nextAction({ type, times, ...(deviceId !== "" && { deviceId }) });
      const which = times === 1 ? "next command" : `next ${times} commands`;
      const where = deviceId === "" ? "any device" : deviceId;
      return { message: `The ${which} on ${where} will end with ${type}.` };
    },
  };
}

function isFailure(text: string): text is ActionFault["type"] {
  return Object.hasOwn(FAILURES, text);
}

/** The forms of these commands. */
export function ownFaultsView(context: PagesContext, forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="own-title">
<header><h2 id="own-title">A fault of your own</h2></header>
${formStart(forms, true)}${hidden("do", "own-fault")}
<p class="field"><label for="own-status">Status</label>
<input id="own-status" name="status" type="number" min="200" max="599" value="503" required></p>
${reachFields({}, "own")}
<button>Set the fault</button></form></section>
<section class="panel" aria-labelledby="action-title">
<header><h2 id="action-title">The next command fails</h2></header>
${formStart(forms, true)}${hidden("do", "next-action")}
<p class="field"><label for="action-type">Ends with</label>
<select id="action-type" name="type">${Object.keys(FAILURES).map((type) => html`<option>${type}</option>`)}</select></p>
<p class="field"><label for="action-device">Only on the device with the ID</label>
<input id="action-device" name="device" list="fault-devices" placeholder="any device" autocomplete="off"></p>
<p class="field"><label for="action-times">How many commands</label>
<input id="action-times" name="times" type="number" min="1" max="1000000" value="1" required></p>
<button>Let it fail</button></form></section>
${deviceChoices(context)}`;
}

/** The first devices and users, for the fields that name one. */
function deviceChoices({ world }: PagesContext): Html {
  const devices = firstOf(world.devices.values(), MOST_DEVICES).map(({ wire }) => wire);
  const users = firstOf(world.users.keys(), MOST_DEVICES);
  return html`<datalist id="fault-devices">${devices.map(
    ({ id, userId, information: { brand, model } }) =>
      html`<option value="${id}">${[brand, model].filter(Boolean).join(" ")} of ${userId}</option>`,
  )}</datalist>
<datalist id="fault-users">${users.map((id) => html`<option value="${id}">`)}</datalist>`;
}
