import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { outlineCause } from "../../src/shared/redaction.ts";
import { safeReason, withSafeMessage } from "../../src/shared/store-reason.ts";

describe("safeReason", () => {
  it("gives the message of an error that was marked, without the full stop at its end", () => {
    const error = withSafeMessage(new Error("Tables are missing: call migrate() first."));
    expect(safeReason(error)).toBe("Tables are missing: call migrate() first");
  });

  it.each([
    { what: "an error that was not marked", value: new Error("no user with the ID jane") },
    { what: "a text", value: "no user with the ID jane" },
    { what: "null", value: null },
    { what: "nothing", value: undefined },
    { what: "a mark that is no mark", value: { message: "jane", safe: true } },
  ])("gives nothing for $what", ({ value }) => {
    expect(safeReason(value)).toBeUndefined();
  });

  it("recognises an error of another realm, which no instanceof does", () => {
    const error: Error = runInNewContext("new Error('The file is locked.')");
    expect(error instanceof Error).toBe(false);
    expect(safeReason(withSafeMessage(error))).toBe("The file is locked");
  });

  it("leaves no trace in what is logged of the error", () => {
    expect(Object.keys(withSafeMessage(new Error("The file is locked.")))).toEqual([]);
  });
});

describe("outlineCause", () => {
  it("keeps the message of an error that was marked, and the mark", () => {
    const copy = outlineCause(withSafeMessage(new Error("The file is locked.")), []);
    expect(copy.message).toBe("The file is locked.");
    expect(copy.stack).toContain("Error: The file is locked.");
    expect(safeReason(copy)).toBe("The file is locked");
  });

  it("leaves out the message of any other, and of a cause that was not marked", () => {
    const error = withSafeMessage(new Error("The file is locked.", { cause: new Error("jane") }));
    const copy = outlineCause(error, []);
    expect(copy.message).toBe("The file is locked.");
    expect(JSON.stringify([copy.cause, (copy.cause as Error).message])).not.toContain("jane");
    expect(safeReason(copy.cause)).toBeUndefined();
  });

  it("redacts a secret even where a marked message holds one", () => {
    const copy = outlineCause(withSafeMessage(new Error("Refused swordfish.")), ["swordfish"]);
    expect(copy.message).toBe("Refused [redacted].");
    expect(copy.stack).not.toContain("swordfish");
  });
});
