import { withoutQuery } from "../../sandbox/shared/without-query.ts";
import type { WebhookRegistry } from "../../sandbox/webhooks/webhook-registry.ts";
import { printable } from "../shared/terminal.ts";

/**
 * Reports when a webhook stops accepting deliveries, and when it accepts them again. The webhook that is `kept` is
 * activated again each time: its program may be started at any time.
 */
export function watchDeliveries(
  webhooks: WebhookRegistry,
  kept: string | undefined,
  notice: (text: string) => void,
): void {
  const failing = new Set<string>();
  const inactive = new Set<string>();
  webhooks.observer = {
    failed({ id, url }, reason) {
      if (failing.has(id)) return;
      failing.add(id);
      notice(
        `${shownUrl(url)} took no delivery: it ${printable(reason)}. Events wait for 5 minutes.`,
      );
    },
    succeeded({ id, url }) {
      inactive.delete(id);
      if (failing.delete(id)) notice(`${shownUrl(url)} takes deliveries again.`);
    },
    inactive(webhook) {
      const { id, url } = webhook;
      const isKept = url === kept;
      if (isKept) webhooks.update(webhook, {});
      if (inactive.has(id)) return;
      inactive.add(id);
      notice(
        isKept
          ? `${shownUrl(url)} took nothing for 5 minutes; the events that waited are dropped, as Enode does. What happens from now on is sent: Enode would make the webhook inactive, the sandbox keeps it active. Start your program.`
          : `The webhook ${shownUrl(url)} is inactive now: the events that waited are dropped and no more are sent, as Enode does. Start your program, then call enode.webhooks.ensure(), which activates it again.`,
      );
    },
  };
}

/** URLs come from programs. */
function shownUrl(url: string): string {
  return printable(withoutQuery(url));
}
