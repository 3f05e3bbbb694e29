// What a user was told.
import type { Notification } from "../notification-store.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./layout.ts";
import { clock } from "./text.ts";

/** The page of notifications, newest first. */
export function notificationsPage(all: readonly Notification[], now: Date, timeZone: string): Page {
  return {
    title: "Notifications",
    content: html`<h1>Notifications</h1>
${all.length === 0 ? html`<p class="card empty">Nothing has happened yet.</p>` : html`<ul class="card notifications">${all.map((each) => itemView(each, now, timeZone))}</ul>`}`,
  };
}

function itemView({ at, tone, text, link }: Notification, now: Date, timeZone: string): Html {
  return html`<li class="${tone}"><a href="${link}">${text}</a> ${clock(at, now, timeZone)}</li>`;
}
