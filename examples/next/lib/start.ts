import { appUrl, backend, webhookSecret } from "./enode";

/** Begins to handle webhooks, first those that the last process has left. */
export async function start(): Promise<void> {
  const { enode, receiver, storage } = backend();
  if ("migrate" in storage) await storage.migrate();
  receiver.start();
  // The app starts without Enode as well. The webhook of the last start still delivers then.
  enode.webhooks
    .ensure({ url: appUrl("/webhooks/enode"), secret: webhookSecret() })
    .catch((error: unknown) => console.error("the webhook could not be checked", error));
}
