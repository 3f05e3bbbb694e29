import type { DefaultTheme, UserConfig } from "vitepress";
import manifest from "../../package.json" with { type: "json" };
import { BASE_VARIABLE, baseOf } from "../../scripts/site/base.ts";
import { search } from "../../scripts/site/search.ts";
import { readSidebar } from "../../scripts/site/sidebar.ts";

const base = baseOf(process.env[BASE_VARIABLE]);

const description =
  "A typed TypeScript client of the Enode API for servers: vehicles, chargers, HVAC, inverters, batteries and meters.";

const config: UserConfig<DefaultTheme.Config> = {
  title: "enode-sdk",
  description,
  lang: "en",
  base,
  outDir: "site",
  // Signatures of the public API for reviews, which no reader needs.
  srcExclude: ["api/**"],
  ignoreDeadLinks: false,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}favicon.svg` }],
    ["meta", { name: "theme-color", content: "#0f766e" }],
    ["meta", { property: "og:title", content: "enode-sdk" }],
    ["meta", { property: "og:description", content: description }],
  ],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  vite: {
    // The index of the search is one file.
    build: { chunkSizeWarningLimit: 20_000 },
  },
  themeConfig: {
    nav: [
      { text: "Guides", link: "/guides/five-minutes", activeMatch: "^/guides/" },
      { text: "Resources", link: "/reference/resources/", activeMatch: "^/reference/resources/" },
      { text: "Events", link: "/reference/events/", activeMatch: "^/reference/events/" },
      { text: "Errors", link: "/reference/errors", activeMatch: "^/reference/errors" },
      { text: `v${manifest.version}`, link: "/reference/changelog" },
    ],
    sidebar: readSidebar(),
    outline: { level: [2, 3], label: "On this page" },
    search: { provider: "local", options: { miniSearch: search, detailedView: true } },
    notFound: {
      title: "There is no such page",
      quote: "It may have moved: the search knows all pages.",
      linkText: "To the start",
    },
    footer: {
      message: "Independent, not Enode's own: neither published nor reviewed by Enode.",
      copyright: "MIT License",
    },
    docFooter: { prev: "Before", next: "Next" },
  },
};

export default config;
