import { describe, expect, it } from "vitest";
import { operationForms } from "../../../../generated/operation-forms.ts";
import { type OperationId, operations } from "../../../../generated/operations.ts";
import type { SandboxServer } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { HOSTILE, pageOf, post, start, tokenOn } from "../support.ts";
import { bash } from "./bash.ts";

const ids = Object.keys(operations) as OperationId[];

/** Sends the form of an operation; returns the page that follows. */
async function send(server: SandboxServer, fields: Record<string, string>): Promise<string> {
  const token = await tokenOn(`${server.apiUrl}/?tab=connect`);
  const back = `tab=connect&operation=${fields["operation"]}`;
  const answer = await post(`${server.apiUrl}/-/do`, { token, back, do: "try", ...fields });
  expect(answer.status).toBe(303);
  return pageOf(server, answer.headers.get("location")?.slice(1));
}

const noticeOn = (page: string) => /id="notice">([^<]*)</.exec(page)?.[1];

/** The text that the page offers to copy. */
function copyOn(page: string, id: string): string {
  const text = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page)?.[1] ?? "";
  const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replaceAll(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: keyof typeof entities) => entities[name],
  );
}

describe("the form for an operation", () => {
  it("is there for each of them, with a field for each parameter", async () => {
    const server = await start({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const list = await pageOf(server, "?tab=connect");
    for (const id of ids) {
      expect(list).toContain(`operation=${id}"`);
      const page = await pageOf(server, `?tab=connect&operation=${id}`);
      for (const [, name] of operations[id].path.matchAll(/\{(\w+)\}/g))
        expect(page).toContain(`name="path.${name}"`);
      for (const name of operations[id].query ?? []) expect(page).toContain(`name="query.${name}"`);
      expect(page.includes('<textarea id="try-body"')).toBe(operations[id].body === true);
    }
    expect(ids.length).toBeGreaterThanOrEqual(94);
  });

  it("begins with an example of the body that is JSON", () => {
    for (const id of ids) {
      const { body } = operationForms[id];
      expect(body !== undefined).toBe(operations[id].body === true);
      if (body !== undefined) expect(Object.keys(body as object).length).toBeGreaterThan(0);
    }
  });

  it("begins with a body that this sandbox accepts, where what it names exists", async () => {
    const server = await start({ fleet: [{ id: "anna", chargers: [{}] }] });
    const body = copyOn(await pageOf(server, "?tab=connect&operation=createSchedule"), "try-body");
    const [charger] = server.devices.list("anna", "charger");
    expect(JSON.parse(body)).toMatchObject({
      targetType: "charger",
      targetId: charger?.id,
      locationId: null,
    });
    const fields = { operation: "createSchedule", "path.userId": "anna", body };
    expect(noticeOn(await send(server, fields))).toBe("createSchedule was answered with 200.");
    const form = await pageOf(server, "?tab=connect&operation=getSchedule");
    const [, id = ""] = /name="path.scheduleId" value="([^"]*)"/.exec(form) ?? [];
    const read = await send(server, { operation: "getSchedule", "path.scheduleId": id });
    expect(noticeOn(read)).toBe("getSchedule was answered with 200.");
  });

  it("begins with a device and a user that exist, or with what the address names", async () => {
    const server = await start({ fleet: [{ id: HOSTILE, vehicles: [{}] }] });
    const [car] = server.devices.list();
    expect(await pageOf(server, "?tab=connect&operation=getVehicle")).toContain(
      `value="${car?.id}"`,
    );
    expect(await pageOf(server, "?tab=connect&operation=getUser")).toContain(
      `value="${escapeHtml(HOSTILE)}"`,
    );
    const named = await pageOf(server, "?tab=connect&operation=getVehicle&vehicleId=mine");
    expect(named).toContain('name="path.vehicleId" value="mine"');
    expect(named).not.toContain(HOSTILE);
  });

  it("says that there is no such operation", async () => {
    const server = await start();
    for (const id of ["nothing", "__proto__", encodeURIComponent(HOSTILE)]) {
      const answer = await fetch(`${server.apiUrl}/?tab=connect&operation=${id}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain(HOSTILE);
    }
  });

  it("finds operations by what they are called and do", async () => {
    const server = await start();
    const page = await pageOf(server, "?tab=connect&find=Smart-Override");
    expect(page).toContain("operation=createVehicleSmartOverride");
    expect(page).not.toContain("operation=listMeters");
    expect(await pageOf(server, `?tab=connect&find=${encodeURIComponent(HOSTILE)}`)).toContain(
      `No operation fits “${escapeHtml(HOSTILE)}”`,
    );
  });
});

describe("trying an operation", () => {
  it("calls the API, and shows the answer and texts that do the same", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 20 }] }] });
    const [car] = server.devices.list();
    const id = car?.id ?? "";
    const page = await send(server, { operation: "getVehicle", "path.vehicleId": id });
    expect(noticeOn(page)).toBe("getVehicle was answered with 200.");
    expect(page).toContain("&quot;batteryLevel&quot;: 20");
    expect(page).toContain(`href="/?tab=requests&amp;request=1"`);
    expect(server.requests.list()).toMatchObject([{ operation: "getVehicle", status: 200 }]);
    expect(JSON.parse(await bash(copyOn(page, "try-curl"), server.env))).toMatchObject({ id });
    expect(copyOn(page, "try-sdk")).toBe(`await enode.vehicles.get("${id}");`);
    expect(page).not.toContain(server.credentials.clientSecret);
  });

  it("sends the query and a body as they are, and keeps them in the form", async () => {
    const server = await start();
    const body = `{"name": "</textarea>${HOSTILE}`;
    const fields = { operation: "createLocation", "path.userId": "a/b ä?", body };
    const page = await send(server, fields);
    expect(noticeOn(page)).toBe("createLocation was answered with 400.");
    expect(page).toContain(escapeHtml(body));
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain('value="a/b ä?"');
    expect(server.requests.list().at(-1)?.path).toBe("/users/a%2Fb%20%C3%A4%3F/locations");
    const listed = await send(server, {
      operation: "listVehicles",
      "query.pageSize": "1",
      "query.after": "",
    });
    expect(copyOn(listed, "try-sdk")).toBe("await enode.vehicles.list({ pageSize: 1 });");
  });

  it("calls no other operation than that of the form", async () => {
    const server = await start({ fleet: [{ id: "authorization", vehicles: [{}] }] });
    for (const dots of [".", ".."]) {
      const fields = { operation: "deauthorizeUser", "path.userId": dots };
      expect(noticeOn(await send(server, fields))).toBe(
        "userId cannot be dots alone: they would lead to another path.",
      );
    }
    expect(server.requests.list()).toEqual([]);
    expect(server.devices.list()).toHaveLength(1);
  });

  it("shows a fault that struck, and a call without an answer", async () => {
    const server = await start();
    server.faults.next({ status: 503 });
    expect(await send(server, { operation: "listUsers" })).toContain("Fault: Status 503");
    server.faults.next({ reset: true });
    const page = await send(server, { operation: "listUsers" });
    expect(noticeOn(page)).toContain("listUsers got no answer");
    expect(page).toContain("No answer is kept.");
  });

  it("asks for a parameter of the path that is missing, and sends nothing", async () => {
    const server = await start();
    const page = await send(server, { operation: "getVehicle", "path.vehicleId": " " });
    expect(noticeOn(page)).toBe("Fill in vehicleId first.");
    expect(server.requests.list()).toEqual([]);
  });
});
