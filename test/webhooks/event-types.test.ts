import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

it("exports the type of each event beside what receives them", () => {
  const [, union = ""] =
    /^export type WebhookEvent = (.*);$/m.exec(textOf("../../generated/types.ts")) ?? [];
  const [, exported = ""] =
    /export type \{([^}]*)\} from ".\/types.ts"/.exec(textOf("../../generated/event-types.ts")) ??
    [];

  const names = exported.split(",").map((name) => name.trim());
  expect(names.filter(Boolean).sort()).toEqual([...union.split(" | "), "WebhookEvent"].sort());
  expect(textOf("../../src/webhooks/receiving.ts")).toContain(
    'export type * from "../../generated/event-types.ts";',
  );
});
