// The parts of the app, how they hang together, and in which order they begin and end.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Enode } from "enode-sdk";
import { History } from "enode-sdk/history";
import { Mirror } from "enode-sdk/mirror";
import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
import express from "express";
import { Cars } from "./cars.ts";
import { ChargingHistory } from "./charging-history.ts";
import { Commands } from "./commands.ts";
import { openDatabase } from "./database.ts";
import { Live } from "./live.ts";
import { Notifications } from "./notifications.ts";
import { addRoutes } from "./routes.ts";
import { SmartCharging } from "./smart-charging.ts";
import { demoUsers } from "./users.ts";
import { Views } from "./views.ts";

/** What differs from one installation to another; the credentials of Enode come from the environment. */
export interface FleetOptions {
  /** `postgres://…`, the path of a file of SQLite, or `:memory:`. */
  readonly databaseUrl: string;
  readonly webhookSecret: string;
  /** The public address of this app's `/webhooks/enode`; by default that on this machine, for a sandbox. */
  readonly webhookUrl?: string | undefined;
  /** Where browsers find the app; by default on this machine. */
  readonly publicUrl?: string | undefined;
  readonly port?: number | undefined;
  /** The time, for a sandbox with a clock of its own. */
  readonly now?: (() => Date) | undefined;
  /** The page of the sandbox behind the app. */
  readonly sandboxUrl?: string | undefined;
}

/** The app, which listens. */
export interface Fleet {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the database, registers the webhook, copies what there is, and serves the pages. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { webhookSecret, now = () => new Date(), sandboxUrl } = options;
  const {
    storage,
    notifications: store,
    close: closeDatabase,
  } = await openDatabase(options.databaseUrl);
  const enode = Enode.fromEnv({ storage, tokenStore: storage.tokenStore });
  const { namespace } = enode;
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  const receiver = new WebhookReceiver({
    secret: webhookSecret,
    store: storage.eventStore,
    namespace,
  });
  mirror.attach(receiver);
  const readings = new History({ enode, store: storage.readingStore, now: () => now().getTime() });
  readings.attach(receiver);
  readings.attach(mirror);

  const live = new Live(report);
  const cars = new Cars(enode, mirror);
  const smartCharging = new SmartCharging(enode);
  const onAdded = (userId: string) => live.changed(userId);
  const notifications = new Notifications({ store, cars, namespace, onAdded });
  const commands = new Commands({
    enode,
    mirror,
    receiver,
    now,
    onEnd(hostUserId, deviceId, command) {
      const user = demoUsers.find(({ id }) => id === hostUserId);
      if (user) notifications.commandEnded(user, deviceId, command).catch(report);
      cars.userId({ id: hostUserId }).then((userId) => live.changed(userId ?? null), report);
    },
  });
  const history = new ChargingHistory(enode, readings, now);
  const views = new Views({ cars, history, commands, smartCharging, notifications, now });

  const silence = notifications.attach(mirror);

  // After the mirror, which has the event by then.
  mirror.devices.watch(({ device }) => live.changed(device.userId));
  receiver.on("user:credentials:invalidated", ({ user }) => live.changed(user.id));
  receiver.on("user:vehicle:smart-charging-status-updated", ({ user, smartChargingStatus }) => {
    smartCharging.learn(smartChargingStatus);
    live.changed(user.id);
  });

  const app = express();
  // Before the forms are parsed: the signature is over the bytes as they came.
  app.post("/webhooks/enode", nodeHandler(receiver));
  const server = createServer(app);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const publicUrl = options.publicUrl ?? url;
  addRoutes(app, {
    enode,
    cars,
    commands,
    smartCharging,
    notifications,
    live,
    views,
    publicUrl,
    sandboxUrl,
  });

  receiver.start();
  readings.start();
  await enode.webhooks.ensure({
    url: options.webhookUrl ?? `${url}/webhooks/enode`,
    secret: webhookSecret,
  });
  // What was linked before the webhook was there.
  await mirror.backfill({ kinds: ["vehicle", "user"] });
  return {
    url,
    async close() {
      const closed = once(server, "close");
      // No new requests; the streams end, and browsers connect to the next process. Then the events in hand.
      server.close();
      live.close();
      commands.close();
      silence();
      await receiver.stop();
      await readings.stop();
      server.closeAllConnections();
      await closed;
      await closeDatabase();
    },
  };
}

function report(error: unknown): void {
  console.error(error);
}
