import { afterAll, afterEach, vi } from "vitest";
import { failures } from "../src/core/failures.ts";
import { takeViolations } from "./support/sandbox-violations.ts";

// Whatever sandbox a test makes, and whoever calls it: its traffic is as the OpenAPI file says, or the test fails.
vi.mock("../src/sandbox/app/sandbox.ts", async (importOriginal) => {
  const { watched } = await import("./support/watched-sandbox.ts");
  return watched(
    await importOriginal<typeof import("../src/sandbox/app/sandbox.ts")>(),
    await import("../src/sandbox/faults/fault-injector.ts"),
  );
});

// Loading takes real time, of which fake clocks know nothing.
await failures();

async function check(): Promise<void> {
  const violations = await takeViolations();
  if (violations.length > 0) {
    throw new Error(`The sandbox broke its contract:\n${[...new Set(violations)].join("\n")}`);
  }
}

afterEach(check);
afterAll(check);
