/** Programs of hosts, compiled against the packed tarball. */

/** Uses every entry, in a project that knows no `exports`. */
export const classicConsumer = `
import { Enode, isNotFoundError, type Vehicle } from "enode-sdk";
import { History } from "enode-sdk/history";
import { Mirror } from "enode-sdk/mirror";
import { createSandbox, sandboxHandlers } from "enode-sdk/sandbox";
import { VehicleSchema } from "enode-sdk/schemas";
import { memoryStorage, type TokenStore } from "enode-sdk/storage";
import { deviceStoreCases } from "enode-sdk/storage/conformance";
import { postgresStorage } from "enode-sdk/storage/postgres";
import { redisTokenStore } from "enode-sdk/storage/redis";
import { sqliteStorage } from "enode-sdk/storage/sqlite";
import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";

const storage = memoryStorage();
const tokenStore: TokenStore = storage.tokenStore;
const sandbox = createSandbox({ seed: 1 });
const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch, tokenStore });
const receiver = new WebhookReceiver({ secret: "example-secret", store: storage.eventStore });
receiver.on("user:vehicle:updated", ({ vehicle }) => vehicle.chargeState.batteryLevel?.toFixed());
new Mirror({ enode, store: sqliteStorage({ path: ":memory:" }).deviceStore }).attach(receiver);
new History({ enode, store: storage.readingStore }).attach(receiver);
export const vehicle: Vehicle = VehicleSchema.parse({});
export const rest = [nodeHandler(receiver), isNotFoundError, sandboxHandlers(sandbox), deviceStoreCases];
export const engines = [postgresStorage, redisTokenStore];
`;

/** Makes the classes of the build for `require`. */
export const madeByRequire = `
import { Enode, type UserScope, type VehicleAction } from "enode-sdk";
import { Mirror, type MirroredDevice } from "enode-sdk/mirror";
import { createSandbox, type Sandbox } from "enode-sdk/sandbox";
import { memoryStorage } from "enode-sdk/storage";
import { WebhookReceiver } from "enode-sdk/webhooks";
export const storage = memoryStorage();
export const sandbox: Sandbox = createSandbox();
export const enode: Enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
export const receiver: WebhookReceiver = new WebhookReceiver({ secret: "example-secret" });
export const mirror: Mirror = new Mirror({ enode, store: storage.deviceStore });
export const scope: UserScope = enode.user("user-1");
export type { MirroredDevice, VehicleAction };
`;

/** Takes them for those of the build for `import`. */
export const usedByImport = `
import type { Enode, List, UserScope, Vehicle } from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { sandboxHandlers } from "enode-sdk/sandbox";
import { nodeHandler, type WebhookReceiver } from "enode-sdk/webhooks";
import * as made from "./made.cjs";
export const enode: Enode = made.enode;
export const scope: UserScope = made.scope;
export const receiver: WebhookReceiver = made.receiver;
export const vehicles: List<Vehicle> = made.enode.vehicles.list();
export const mirror: Mirror = made.mirror;
export const own = new Mirror({ enode: made.enode, store: made.storage.deviceStore });
own.attach(made.receiver);
export const rest = [nodeHandler(made.receiver), sandboxHandlers(made.sandbox)];
export const waited = async () =>
  enode.vehicles.actions.wait(await made.enode.vehicles.startCharging("id"), { receiver: made.receiver });
`;

/** Makes schemas of its own of ours. */
export const schemaConsumer = `
import * as z from "zod";
import { DeviceLocationSchema, LinkSessionRequestSchema, VehicleActionSchema, VehicleSchema, WebhookEventSchema } from "enode-sdk/schemas";
const Garage = z.object({ name: z.string(), vehicles: z.array(VehicleSchema) });
const Either = z.union([VehicleSchema, z.null()]);
const { latitude } = DeviceLocationSchema.shape;
const Kept = z.object({ id: VehicleSchema.shape.id, latitude, keptAt: z.number() });
const Row = z.looseObject({ ...LinkSessionRequestSchema.shape, keptAt: z.number() });
export const text: string = Kept.parse({ id: "v-1", latitude: null, keptAt: 1 }).id;
// What may be left out stays so.
export const row: z.infer<typeof Row> = { scopes: [], language: "browser", redirectUri: "https://app.example", keptAt: 1 };
export const all = [VehicleActionSchema, WebhookEventSchema, Either];
console.log(Garage.safeParse({ name: "home", vehicles: [] }).success, Either.parse(null) === null);
`;
