import type { Html } from "../../../shared/html.ts";
import type { Parts } from "../../shared/tab.ts";

/** The page of a device or user, beside the list. */
export interface DetailPage {
  /** Its live parts. */
  readonly parts: Parts;
  readonly content: Html;
  /** The status of the page; 200 by default. */
  readonly status?: number;
}
