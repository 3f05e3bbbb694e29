import type { FaultHandle, StandingFault } from "../../../faults/fault-injector.ts";
import { type FaultPresetId, presets } from "../../../faults/presets.ts";
import type { PagesContext } from "../../shared/context.ts";
import { html } from "../../shared/html.ts";
import type { Forms } from "../shared/forms.ts";
import type { Command, OpenTab, Outcome, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { ownFaultCommands, ownFaultsView } from "./own-faults.ts";
import { type Reach, reachOf, reachWords } from "./reach.ts";
import { ScenarioSwitches, scenariosView } from "./scenarios.ts";
import { reachView, type Switch, standingView, switchesView } from "./views.ts";

/** The faults, with a switch for each preset, and the scenarios. */
export class FaultsTab implements Tab {
  readonly id = "faults";
  readonly title = "Faults";
  readonly commands: Readonly<Record<string, Command>>;
  readonly #context: PagesContext;
  readonly #scenarios: ScenarioSwitches;
  /** The faults that were switched on here, by preset. */
  readonly #handles = new Map<FaultPresetId, FaultHandle>();
  /** What these faults strike, as it was chosen last. */
  #reach: Reach = {};

  constructor(context: PagesContext) {
    this.#context = context;
    this.#scenarios = new ScenarioSwitches(context);
    this.commands = {
      fault: (form) => this.#switch(form),
      "fault-clear": (form) => this.#clearOne(form.get("fault")),
      "faults-off": () => {
        context.sandbox.faults.clear();
        this.#handles.clear();
        return { message: "All faults are off." };
      },
      ...ownFaultCommands(context),
      ...this.#scenarios.commands,
    };
  }

  open({ forms }: TabRequest): OpenTab {
    return { view: () => this.#view(forms) };
  }

  #view(forms: Forms): TabView {
    const standing = standingView(this.#context.sandbox.faults.list(), forms);
    const faults = switchesView(this.#switches());
    const scenarios = this.#scenarios.switches(forms);
    return {
      parts: new Map([
        ["standing-faults", standing],
        ["faults", faults],
        ["scenarios", scenarios],
      ]),
      main: html`<div class="columns"><div class="column">
<section class="panel" aria-labelledby="faults-title">
<header><h2 id="faults-title">Faults</h2></header>
${reachView(this.#reach, forms)}
${faults}</section>
</div><div class="column">
${standing}
${ownFaultsView(this.#context, forms)}
${scenariosView(scenarios, forms)}
</div></div>`,
    };
  }

  /** Switches a preset on or off; with neither it applies the reach to those that are on. */
  #switch(form: URLSearchParams): Outcome | undefined {
    const off = form.get("off");
    if (off !== null) return this.#clear(off);
    const reach = reachOf(form);
    if (reach === undefined) return undefined;
    const on = form.get("on");
    if (on !== null) return this.#set(on, reach);
    this.#reach = reach;
    const own = this.#switches().filter(({ isOwn }) => isOwn);
    for (const { id } of own) this.#handle(id, reach);
    const words = reachWords(reach) || "Any operation, as described.";
    const count = own.length === 1 ? "1 fault" : `${own.length} faults`;
    return {
      message: `${own.length === 0 ? "For the next faults" : `Applied to ${count}`}: ${words}`,
    };
  }

  #set(id: string, reach: Reach): Outcome | undefined {
    const preset = presets.find((each) => each.id === id);
    if (preset === undefined) return undefined;
    this.#reach = reach;
    this.#handle(preset.id, reach);
    return { message: `The fault “${preset.title}” is on.` };
  }

  /** Sets a fault in place of the one that was set here before. */
  #handle(id: FaultPresetId, reach: Reach): void {
    this.#handles.get(id)?.clear();
    this.#handles.set(id, this.#context.sandbox.faults.set(id, reach));
  }

  #clear(id: string): Outcome | undefined {
    const preset = presets.find((each) => each.id === id);
    if (preset === undefined) return undefined;
    this.#handles.get(preset.id)?.clear();
    this.#handles.delete(preset.id);
    return { message: `The fault “${preset.title}” is off.` };
  }

  #clearOne(id: string | null): Outcome {
    const found = this.#context.sandbox.faults.list().find((each) => each.id === id);
    found?.clear();
    return found === undefined
      ? { message: "The fault has ended already.", isFailure: true }
      : { message: `The fault “${found.title}” is off.` };
  }

  #switches(): Switch[] {
    const standing = this.#context.sandbox.faults.list();
    return presets.map(({ id, title, description, fault }) => {
      const all = standing.filter((each) => each.preset === id);
      // One that was set here can be switched off here, also beside one of the program.
      const found = all.find((each) => this.#isOwn(each)) ?? all[0];
      return {
        id,
        title,
        description,
        isForDeliveries: "delivery" in fault,
        standing: found,
        isOwn: found !== undefined && this.#isOwn(found),
      };
    });
  }

  #isOwn({ id, preset }: StandingFault): boolean {
    return preset !== null && this.#handles.get(preset)?.id === id;
  }
}
