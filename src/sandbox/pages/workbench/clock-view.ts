import type { SimulatedClock } from "../../shared/time/clock.ts";
import { type Html, html } from "../shared/html.ts";
import { hidden } from "../shared/layout.ts";
import { type Forms, formStart } from "./shared/forms.ts";
import { dayAndTime } from "./shared/times.ts";

/** A clock for pages: what it says, and how fast. */
type ShownClock = Pick<SimulatedClock, "now" | "speed" | "isManual">;

const SPEEDS = [1, 10, 60, 600];
const STEPS = [
  { minutes: 5, name: "Advance 5 minutes" },
  { minutes: 60, name: "1 hour" },
  { minutes: 480, name: "8 hours" },
];

/** The simulated time, and how it passes. */
export function clockView(clock: ShownClock): Html {
  const now = clock.now();
  const isPaused = clock.speed === 0 && !clock.isManual;
  return html`<p id="clock" data-part class="clock" data-paused="${isPaused ? "true" : "false"}">
<time class="time" datetime="${now.toISOString()}">${dayAndTime(now.getTime())} UTC</time>
<span class="badge">${paceOf(clock)}</span></p>`;
}

function paceOf({ speed, isManual }: ShownClock): string {
  if (isManual) return "Manual";
  return speed === 0 ? "Paused" : `${speed}×`;
}

/** The buttons of the clock, which are as the clock is. */
export function clockControls({ speed }: ShownClock, forms: Forms): Html {
  return html`<div id="clock-controls" data-part data-group class="row">
${formStart(forms)}${hidden("do", "speed")}<span role="group" aria-label="Speed of the clock" class="joined">
<button class="quiet" name="speed" value="0" aria-pressed="${pressed(speed === 0)}" aria-label="Pause the clock">Pause</button>
${SPEEDS.map(
  (each) =>
    html`<button class="quiet" name="speed" value="${each}" aria-pressed="${pressed(speed === each)}" aria-label="${each}× speed">${each}×</button>
`,
)}</span></form>
${formStart(forms)}${hidden("do", "advance")}<span role="group" aria-label="Advance the clock" class="joined">
${STEPS.map(
  ({ minutes, name }) =>
    html`<button class="quiet" name="minutes" value="${minutes}">${name}</button>
`,
)}</span></form>
</div>`;
}

function pressed(isOn: boolean): string {
  return isOn ? "true" : "false";
}

/** A form that sets the time. It is no live part: a field keeps what is typed. */
export function setTimeView(clock: ShownClock, forms: Forms): Html {
  const now = clock.now().toISOString().slice(0, 16);
  return html`${formStart(forms)}${hidden("do", "set-time")}
<label for="set-time">Go to (UTC)</label>
<input id="set-time" name="time" type="datetime-local" value="${now}" required>
<button class="quiet">Set the time</button></form>`;
}
