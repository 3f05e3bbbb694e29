/** Checked by `npm run types`, not run: what may be passed as the receiver of a wait. */
import type {
  ActionEvents,
  Enode,
  VendorActionUpdatedEvent,
  WebhookEvent,
} from "../../src/index.ts";

type Name = WebhookEvent["event"];
type Pattern = Name | "*" | "user:*";
type EventFor<P extends Pattern> = P extends Name
  ? Extract<WebhookEvent, { event: P }>
  : WebhookEvent;

/** A receiver whose `on` is generic over patterns, and whose handlers get more arguments and may wait. */
declare class GenericReceiver {
  // Makes it a class that nothing else of the same shape fits.
  protected readonly handlers: unknown;
  on<P extends Pattern>(
    pattern: P,
    handler: (event: EventFor<P>, context: { deliveryId: string }) => void | Promise<void>,
  ): () => void;
}

/** One that knows this event only. */
declare class NarrowReceiver {
  on(
    event: "user:vendor-action:updated",
    handler: (event: VendorActionUpdatedEvent) => unknown,
  ): () => void;
}

/** One that cannot be stopped. */
declare class EndlessReceiver {
  on(event: Name, handler: (event: WebhookEvent) => void): void;
}

export function receiversFit(
  enode: Enode,
  generic: GenericReceiver,
  narrow: NarrowReceiver,
  endless: EndlessReceiver,
): void {
  generic satisfies ActionEvents;
  narrow satisfies ActionEvents;
  enode.vehicles.actions.wait("a", { receiver: generic });
  enode.user("u").hvacs.actions.wait("a", { receiver: narrow });
  // @ts-expect-error A handler that stays would go on for as long as the process does.
  enode.vehicles.actions.wait("a", { receiver: endless });
}
