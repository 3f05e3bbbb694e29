import type { Webhook } from "../../../generated/types.ts";
import type { Enode } from "../../enode.ts";
import { isNotFoundError } from "../../errors/index.ts";
import type { RequestOptions } from "../../options.ts";

/** The subscriptions of the client that Enode has deactivated. */
export async function inactiveWebhooks(enode: Enode, options: RequestOptions): Promise<Webhook[]> {
  const inactive: Webhook[] = [];
  for await (const webhook of enode.webhooks.list({}, options)) {
    if (!webhook.isActive) inactive.push(webhook);
  }
  return inactive;
}

/** Makes a subscription active again; returns whether it is. */
export async function reactivate(
  enode: Enode,
  { id, events = ["*"] }: Webhook,
  options: RequestOptions,
): Promise<boolean> {
  try {
    await enode.webhooks.test(id, options);
    if ((await enode.webhooks.get(id, options)).isActive) return true;
    // The endpoint did not take the test event. An update with the same values activates it regardless, so that
    // Enode queues new events for it.
    return (await enode.webhooks.update(id, { events }, options)).isActive;
  } catch (error) {
    if (isNotFoundError(error)) return false;
    throw error;
  }
}
