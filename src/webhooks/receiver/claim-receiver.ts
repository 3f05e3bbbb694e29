import { invalidArgument } from "../../errors/configuration.ts";
import type { WebhookReceiver } from "./receiver.ts";

/** What is used of a receiver. One of the host's own making needs the first two only. */
export type AttachableReceiver = Pick<WebhookReceiver, "on" | "namespace"> &
  Partial<Pick<WebhookReceiver, "hasStore" | "forgive">>;

/** Whose events a receiver brings, as long as something is attached to it. Forgotten along with the receiver. */
const owners = new WeakMap<AttachableReceiver, { namespace: string; attached: number }>();

/**
 * Claims a receiver for one client of Enode: events of two clients that met would fill the copy of the one with
 * devices of the other.
 *
 * @param who What is to be attached, for messages.
 * @returns The function that gives it back.
 * @throws ConfigurationError for what is no receiver, or one that belongs to another client, or may.
 */
export function claimReceiver(
  receiver: AttachableReceiver,
  namespace: string,
  who: string,
): () => void {
  if (typeof receiver?.on !== "function" || typeof receiver.namespace !== "string") {
    throw invalidArgument("receiver", "The receiver must be a WebhookReceiver.");
  }
  if (receiver.namespace === "default" && receiver.hasStore && namespace !== "default") {
    throw invalidArgument(
      "receiver",
      `receiver has a store and no namespace, so that it would hand out events of other clients that share the store: pass namespace: enode.namespace to new WebhookReceiver(). ${who} is of ${namespace}.`,
    );
  }
  if (receiver.namespace !== "default" && receiver.namespace !== namespace) {
    throw invalidArgument(
      "receiver",
      `receiver has the namespace ${receiver.namespace}, but ${who} is of ${namespace}.`,
    );
  }
  const owner = owners.get(receiver) ?? { namespace, attached: 0 };
  if (owner.attached > 0 && owner.namespace !== namespace) {
    throw invalidArgument(
      "receiver",
      `receiver is attached to a mirror or recorder of ${owner.namespace} already, and ${who} is of ${namespace}: each client needs a receiver of its own.`,
    );
  }
  owner.namespace = namespace;
  owner.attached++;
  owners.set(receiver, owner);
  let isHeld = true;
  return () => {
    if (isHeld) owner.attached--;
    isHeld = false;
  };
}
