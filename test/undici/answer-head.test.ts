import { expect, it } from "vitest";
import { AnswerHead } from "../../src/undici/answer-head.ts";

it("makes a Response of headers that older versions of undici have decoded", () => {
  const { headers } = new AnswerHead(200, { "x-name": "🚗", "x-other": "Zoë" }).toResponse();

  expect(headers.get("x-name")).toBe(Buffer.from("🚗").toString("latin1"));
  expect(headers.get("x-other")).toBe("Zoë");
});
