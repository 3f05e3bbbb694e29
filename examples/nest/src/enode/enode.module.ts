import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from "@nestjs/common";
import { Enode } from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { WebhookReceiver } from "enode-sdk/webhooks";
import { appUrl, webhookSecret } from "./settings.js";
import { type OpenStorage, openStorage, STORAGE } from "./storage.js";
import { WebhookController } from "./webhook.controller.js";

const DAY = 86_400_000; // ms

/** The client, a copy of all devices that webhooks keep up to date, and the receiver of webhooks. */
@Module({
  controllers: [WebhookController],
  providers: [
    { provide: STORAGE, useFactory: openStorage },
    {
      provide: Enode,
      inject: [STORAGE],
      useFactory: ({ stores }: OpenStorage) =>
        Enode.fromEnv({ storage: stores, tokenStore: stores.tokenStore }),
    },
    {
      provide: Mirror,
      inject: [Enode, STORAGE],
      useFactory: (enode: Enode, { stores }: OpenStorage) =>
        new Mirror({ enode, store: stores.deviceStore }),
    },
    {
      provide: WebhookReceiver,
      inject: [Enode, Mirror, STORAGE],
      useFactory: createReceiver,
    },
  ],
  exports: [Enode, Mirror, WebhookReceiver],
})
export class EnodeModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(EnodeModule.name);

  constructor(
    @Inject(Enode) private readonly enode: Enode,
    @Inject(WebhookReceiver) private readonly receiver: WebhookReceiver,
    @Inject(STORAGE) private readonly storage: OpenStorage,
  ) {}

  onApplicationBootstrap(): void {
    this.receiver.start();
    // The app starts without Enode as well. The webhook of the last start still delivers then.
    this.enode.webhooks
      .ensure({ url: appUrl("/webhooks/enode"), secret: webhookSecret() })
      .catch((error: unknown) => this.#logger.error("the webhook could not be checked", error));
  }

  /** Nest has stopped listening by now: no delivery comes any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.receiver.stop();
    await this.storage.close();
  }
}

function createReceiver(enode: Enode, mirror: Mirror, { stores }: OpenStorage): WebhookReceiver {
  const receiver = new WebhookReceiver({
    secret: webhookSecret(),
    store: stores.eventStore,
    namespace: enode.namespace,
    retention: 30 * DAY,
  });
  mirror.attach(receiver);
  receiver.on("user:credentials:invalidated", ({ user }) => {
    // A message to your user: "Sign in to your car again."
    console.log("needs to link again:", user.id);
  });
  return receiver;
}
