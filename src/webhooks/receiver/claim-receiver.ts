import { invalidArgument } from "../../errors/configuration.ts";
import type { WebhookReceiver } from "./receiver.ts";

/** The part of a receiver that a mirror or recorder uses. A custom receiver needs the first two members only. */
export type AttachableReceiver = Pick<WebhookReceiver, "on" | "namespace"> &
  Partial<Pick<WebhookReceiver, "hasStore" | "forgive" | "onBatch">>;

/** The client whose events a receiver delivers, as long as something is attached. Held weakly. */
const owners = new WeakMap<AttachableReceiver, { namespace: string; attached: number }>();

/**
 * Claims a receiver for one client of Enode: otherwise the events of one client would add its devices to the mirror
 * of another.
 *
 * @param who What is attached, for messages.
 * @returns A function that releases the receiver.
 * @throws ConfigurationError for an invalid receiver, or one that belongs or may belong to another client.
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
