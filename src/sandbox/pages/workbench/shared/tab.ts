import type { Html } from "../../shared/html.ts";
import type { Forms } from "./forms.ts";

/** What the address of a page asks for. */
export interface TabRequest {
  readonly query: URLSearchParams;
  readonly forms: Forms;
}

/** The live parts of a page by their IDs: each is one element with that ID and the attribute `data-part`. */
export type Parts = ReadonlyMap<string, Html>;

/** A view of a tab, for one request. */
export interface TabView {
  /** The live parts of the page. */
  readonly parts: Parts;
  /** Lays the parts out. What it adds to them is never updated, so that fields keep what was typed. */
  readonly main: Html;
  /** The status of the page; 200 by default. */
  readonly status?: number;
}

/** The outcome of a command. */
export interface Outcome {
  /** What happened to whom, in a sentence. */
  readonly message: string;
  /** Whether the command failed. */
  readonly isFailure?: boolean;
  /** Members of the query to change for the page that follows; null removes one. */
  readonly query?: Readonly<Record<string, string | null>>;
  /** The path of a page to go to instead, such as Link UI; its button has the attribute `data-leaves`. */
  readonly leadsTo?: string;
}

/** Carries out a form; returns undefined when its fields are invalid. */
export type Command = (form: URLSearchParams) => Outcome | undefined | Promise<Outcome | undefined>;

/** A tab that a browser has open. */
export interface OpenTab {
  /** Reads the state of the sandbox; called again for every update. */
  view(): TabView;
  /** What changed since the last view, for screen readers. */
  news?(): readonly string[];
}

/** One tab of the workbench. */
export interface Tab {
  /** Its name in the address, `/?tab=`. */
  readonly id: string;
  readonly title: string;
  open(request: TabRequest): OpenTab;
  /** The commands of its forms by the values of their field `do`; no two tabs have one of the same name. */
  readonly commands: Readonly<Record<string, Command>>;
}
