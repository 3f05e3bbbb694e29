import { webhookEventNames } from "../../generated/events.ts";
import { entries } from "../entries.ts";
import { fileOf as eventFile } from "./pages/events.ts";
import { fileOf as resourceFile, titleOf } from "./pages/resources.ts";
import { readResources } from "./source/resources.ts";
import { guideSections } from "./structure.ts";

/** A link of the sidebar, or a group of them. */
export interface SidebarItem {
  text: string;
  link?: string;
  items?: SidebarItem[];
  collapsed?: boolean;
}

/** The sidebars: one for the guides, one for the reference. */
export function readSidebar(): Record<string, SidebarItem[]> {
  const guides = guideSections.map(({ text, pages }) => ({
    text,
    items: pages.map((page) => ({ text: page.text, link: `/${page.path}` })),
  }));
  return { "/reference/": reference(), "/": guides };
}

function reference(): SidebarItem[] {
  const resources = readResources().map((resource) => ({
    text: titleOf(resource),
    link: `/reference/resources/${resourceFile(resource)}`,
  }));
  const events = webhookEventNames.map((event) => ({
    text: event,
    link: `/reference/events/${eventFile(event)}`,
  }));
  return [
    { text: "Resources", link: "/reference/resources/", items: resources, collapsed: false },
    { text: "Events", link: "/reference/events/", items: events, collapsed: true },
    { text: "Errors", link: "/reference/errors" },
    {
      text: "Types",
      link: "/reference/api/",
      items: entries.map(({ name }) => ({ text: name, link: linkOfEntry(name) })),
      collapsed: false,
    },
    { text: "Changelog", link: "/reference/changelog" },
  ];
}

function linkOfEntry(name: string): string {
  return name === "enode-sdk/schemas" ? "/reference/schemas" : `/reference/api/${name}/`;
}
