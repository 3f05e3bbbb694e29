import { type Html, html } from "../../shared/html.ts";

/**
 * Lays out the fleet: the list, and beside it a detail.
 *
 * @param isOpened Whether somebody asked for the detail: on a phone it then stands in place of the list.
 */
export function fleetView(list: Html, detail: Html, isOpened: boolean): Html {
  return html`<div class="fleet${isOpened && " opened"}">
<div class="column list">
${list}
</div>
<div class="column beside">
${detail}
</div>
</div>`;
}
