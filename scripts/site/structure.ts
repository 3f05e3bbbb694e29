/** A page of the site: what its link says, and its file in docs/ without the end. */
export interface PageLink {
  readonly text: string;
  readonly path: string;
}

/** Pages that belong together. */
export interface Section {
  readonly text: string;
  readonly pages: readonly PageLink[];
}

/** The guides, in the order in which one reads them. */
export const guideSections: readonly Section[] = [
  {
    text: "Start",
    pages: [
      { text: "Five minutes", path: "guides/five-minutes" },
      { text: "Link a user", path: "guides/linking" },
      { text: "Read devices", path: "guides/devices" },
      { text: "Lists", path: "guides/lists" },
      { text: "Commands", path: "guides/commands" },
    ],
  },
  {
    text: "Energy",
    pages: [
      { text: "Schedules, tariffs, smart charging", path: "guides/automation" },
      { text: "Home energy", path: "guides/home-energy" },
    ],
  },
  {
    text: "Events and data",
    pages: [
      { text: "Receive webhooks", path: "guides/webhooks" },
      { text: "Store what you use", path: "guides/storage" },
      { text: "Charts and notifications", path: "guides/charts-and-notifications" },
      { text: "When things go wrong", path: "guides/outages" },
    ],
  },
  {
    text: "The client",
    pages: [
      { text: "Calls, retries, errors", path: "guides/calls" },
      { text: "Tokens", path: "guides/tokens" },
      { text: "Connections and proxies", path: "guides/connections" },
    ],
  },
  {
    text: "Try and test",
    pages: [
      { text: "Test your integration", path: "guides/testing" },
      { text: "The sandbox", path: "guides/sandbox" },
      { text: "The command line", path: "guides/command-line" },
    ],
  },
  {
    text: "In production",
    pages: [
      { text: "Checklist", path: "guides/production" },
      { text: "Observability", path: "guides/observability" },
      { text: "Frameworks", path: "guides/frameworks" },
      { text: "Privacy", path: "guides/privacy" },
      { text: "Coming from raw HTTP", path: "guides/migrating" },
      { text: "Upgrading", path: "guides/upgrading" },
      { text: "Questions", path: "guides/faq" },
    ],
  },
  {
    text: "Appendix",
    pages: [
      { text: "Compatibility", path: "compatibility" },
      { text: "Versions and support", path: "policy" },
      { text: "Performance", path: "performance" },
      { text: "Security", path: "reference/security" },
      { text: "Changelog", path: "reference/changelog" },
    ],
  },
];
