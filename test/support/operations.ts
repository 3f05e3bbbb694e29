import type { Enode } from "../../src/enode.ts";
import type { RequestOptions } from "../../src/options.ts";

type Call = (enode: Enode, options?: RequestOptions) => Promise<unknown>;

/** Calls that may be sent again whatever became of the first attempt. */
export const replayable: Readonly<Record<string, Call>> = {
  GET: (enode, options) => enode.request("getVehicle", { path: { vehicleId: "v-1" } }, options),
  PUT: (enode, options) =>
    enode.request(
      "updateLocation",
      { path: { locationId: "l-1" }, body: { name: "Home" } },
      options,
    ),
  DELETE: (enode, options) => enode.request("deleteUser", { path: { userId: "u-1" } }, options),
  refresh: (enode, options) =>
    enode.request("refreshVehicle", { path: { vehicleId: "v-1" } }, options),
};

/** Calls that may have had their effect even if no answer came. */
export const effectful: Readonly<Record<string, Call>> = {
  "device command": (enode, options) =>
    enode.request(
      "controlVehicleCharging",
      { path: { vehicleId: "v-1" }, body: { action: "START" } },
      options,
    ),
  "cancelling an action": (enode, options) =>
    enode.request("cancelVehicleAction", { path: { actionId: "a-1" } }, options),
  create: (enode, options) =>
    enode.request(
      "createLocation",
      {
        path: { userId: "u-1" },
        body: { name: "Home", latitude: 1, longitude: 2, timezoneName: "UTC" },
      },
      options,
    ),
  "update with PATCH": (enode, options) =>
    enode.request(
      "updateWebhook",
      { path: { webhookId: "w-1" }, body: { url: "https://example.com/hook" } },
      options,
    ),
  "link session": (enode, options) =>
    enode.request(
      "createLinkSession",
      {
        path: { userId: "u-1" },
        body: {
          language: "browser",
          redirectUri: "https://example.com/done",
          scopes: ["vehicle:read:data"],
        },
      },
      options,
    ),
};
