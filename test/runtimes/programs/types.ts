import { Enode, type EnodeOptions, isNotFoundError, type Vehicle } from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { createSandbox, type Sandbox } from "enode-sdk/sandbox";
import { VehicleSchema } from "enode-sdk/schemas";
import { memoryStorage } from "enode-sdk/storage";
import { tokenStoreCases } from "enode-sdk/storage/conformance";
import { postgresStorage } from "enode-sdk/storage/postgres";
import { redisTokenStore } from "enode-sdk/storage/redis";
import { sqliteStorage } from "enode-sdk/storage/sqlite";
import { verifyWebhook, WebhookReceiver } from "enode-sdk/webhooks";

export const makers: readonly unknown[] = [
  memoryStorage,
  postgresStorage,
  redisTokenStore,
  sqliteStorage,
  tokenStoreCases,
];

export function makeClient(sandbox: Sandbox): Enode {
  const options: EnodeOptions = {
    ...sandbox.credentials,
    environment: "sandbox",
    fetch: sandbox.fetch,
  };
  return new Enode(options);
}

export async function use(secret: string, request: Request): Promise<Vehicle | undefined> {
  const enode = makeClient(createSandbox({ seed: 1 }));
  const storage = memoryStorage();
  const receiver = new WebhookReceiver({ secret, store: storage.eventStore });
  receiver.on("user:vehicle:updated", ({ vehicle }) => vehicle.chargeState.batteryLevel?.toFixed());
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  mirror.attach(receiver);
  const { events } = await verifyWebhook(request, { secret });
  for (const event of events) {
    if (event.event === "user:charger:updated") event.charger.chargeState.isCharging?.valueOf();
  }
  for await (const vehicle of enode.vehicles.list({ pageSize: 10 })) {
    const parsed: Vehicle = VehicleSchema.parse(vehicle) as Vehicle;
    return parsed;
  }
  return enode.vehicles.get("none").catch((error: unknown) => {
    if (isNotFoundError(error)) return undefined;
    throw error;
  });
}
