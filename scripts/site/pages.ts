import { webhookEventNames } from "../../generated/events.ts";
import { errorsPage } from "./pages/errors.ts";
import { fileOf as eventFile, eventPage, eventsPage } from "./pages/events.ts";
import { fileOf as resourceFile, resourcePage, resourcesPage } from "./pages/resources.ts";
import { rootPage } from "./pages/root-page.ts";
import { schemasPage } from "./pages/schemas.ts";
import { readDescription } from "./shared/api.ts";
import { findExamples } from "./shared/examples.ts";
import type { TypePages } from "./shared/types.ts";
import { readErrors } from "./source/errors.ts";
import { readResources } from "./source/resources.ts";
import { readSandboxEvents } from "./source/sandbox-events.ts";

/** All pages that are made from the description and the sources, by their paths in docs/reference. */
export async function renderPages(types: TypePages): Promise<Map<string, string>> {
  const description = await readDescription();
  const resources = readResources();
  const delivered = await readSandboxEvents();
  const examples = findExamples(description, delivered);
  const sources = { description, types, delivered, examples };
  return new Map([
    ["resources/index.md", resourcesPage(resources)],
    ...resources.map((resource): [string, string] => [
      `resources/${resourceFile(resource)}.md`,
      resourcePage(resource, sources),
    ]),
    ["events/index.md", eventsPage(description)],
    ...webhookEventNames.map((event): [string, string] => [
      `events/${eventFile(event)}.md`,
      eventPage(event, sources),
    ]),
    ["errors.md", errorsPage(readErrors())],
    ["schemas.md", schemasPage(description, types)],
    [
      "changelog.md",
      rootPage("CHANGELOG.md", "Changelog", "What changed from version to version."),
    ],
    ["security.md", rootPage("SECURITY.md", "Security", "What is protected, and against whom.")],
  ]);
}
