import { operations } from "../../../../../generated/operations.ts";
import type { FaultScope } from "../../../faults/fault.ts";
import type { FaultHandle, StandingFault } from "../../../faults/fault-injector.ts";
import type { FaultPresetId } from "../../../faults/presets.ts";
import type { PagesContext } from "../../shared/context.ts";
import type { Forms } from "../shared/forms.ts";
import type { Command, OpenTab, Outcome, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { faultsView, type Switch } from "./views.ts";

/** The faults, with a switch for each preset. */
export class FaultsTab implements Tab {
  readonly id = "faults";
  readonly title = "Faults";
  readonly commands: Readonly<Record<string, Command>> = {
    fault: (form) => {
      const on = form.get("on");
      return on === null
        ? this.#clear(form.get("off") ?? "")
        : this.#set(on, form.get("operation") ?? "");
    },
    "faults-off": () => {
      this.#context.sandbox.faults.clear();
      this.#handles.clear();
      return { message: "All faults are off." };
    },
  };
  readonly #context: PagesContext;
  /** The faults that were switched on here, by preset. */
  readonly #handles = new Map<string, FaultHandle>();

  constructor(context: PagesContext) {
    this.#context = context;
  }

  open({ forms }: TabRequest): OpenTab {
    return { view: () => this.#view(forms) };
  }

  #view(forms: Forms): TabView {
    const faults = faultsView(this.#switches(), forms);
    return { parts: new Map([["faults", faults]]), main: faults };
  }

  #set(id: string, operation: string): Outcome | undefined {
    const { faults } = this.#context.sandbox;
    const preset = faults.presets.find((each) => each.id === id);
    if (preset === undefined || (operation !== "" && !isOperation(operation))) return undefined;
    const message = `The fault “${preset.title}” is on.`;
    // The program may have cleared a fault that was switched on here before.
    if (faults.list().some((each) => this.#isOwn(each) && each.preset === id)) return { message };
    const scope = operation === "" ? {} : { operation };
    // It is one of the presets.
    this.#handles.set(id, faults.set(id as FaultPresetId, scope));
    return { message };
  }

  #clear(id: string): Outcome | undefined {
    const preset = this.#context.sandbox.faults.presets.find((each) => each.id === id);
    if (preset === undefined) return undefined;
    this.#handles.get(id)?.clear();
    this.#handles.delete(id);
    return { message: `The fault “${preset.title}” is off.` };
  }

  #switches(): Switch[] {
    const { faults } = this.#context.sandbox;
    const standing = faults.list();
    return faults.presets.map((preset) => {
      const found = standing.find((each) => each.preset === preset.id);
      return { ...preset, standing: found, isOwn: found !== undefined && this.#isOwn(found) };
    });
  }

  /** Whether this fault was switched on here, so that it can be switched off here. */
  #isOwn({ id, preset }: StandingFault): boolean {
    return preset !== null && this.#handles.get(preset)?.id === id;
  }
}

function isOperation(text: string): text is NonNullable<FaultScope["operation"]> {
  return text === "token" || Object.hasOwn(operations, text);
}
