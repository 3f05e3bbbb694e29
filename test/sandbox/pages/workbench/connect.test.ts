import { describe, expect, it } from "vitest";
import { pageOf, start } from "../support.ts";

describe("the Connect tab of the workbench", () => {
  it("shows the environment variables of the sandbox", async () => {
    const server = await start();
    const page = await pageOf(server, "?tab=connect");
    for (const [name, value] of Object.entries(server.env))
      expect(page).toContain(`${name}=${value}`);
  });
});
