import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

it("exports the type of each event beside what receives them", () => {
  const [, union = ""] =
    /^export type WebhookEvent = (.*);$/m.exec(textOf("../../generated/types.ts")) ?? [];
  const [, exported = ""] =
    /export type \{([^}]*)\} from "..\/..\/generated\/types.ts"/.exec(
      textOf("../../src/webhooks/receiving.ts"),
    ) ?? [];

  const names = exported.split(",").map((name) => name.trim());
  expect(names.filter(Boolean).sort()).toEqual([...union.split(" | "), "WebhookEvent"].sort());
});
