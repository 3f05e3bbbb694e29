import { isTaken } from "../../../webhooks/delivery-sender.ts";
import type { ManualDelivery, WebhookRecord } from "../../../webhooks/webhook-registry.ts";
import type { PagesContext } from "../../shared/context.ts";
import { counted } from "../shared/numbers.ts";
import { shownUrl } from "../shared/shown-url.ts";
import type { Command, Outcome } from "../shared/tab.ts";
import type { ManualDeliveries } from "./manual-deliveries.ts";
import { oddityOf } from "./payload.ts";

const UNDERWAY = "is on its way: its outcome appears in the list.";

/** The commands of the webhooks. */
export function webhookCommands(
  { sandbox, webhooks, act }: PagesContext,
  manual: ManualDeliveries,
): Readonly<Record<string, Command>> {
  /** A command on the webhook that the form names. */
  const on =
    (
      command: (webhook: WebhookRecord, url: string, form: URLSearchParams) => ReturnType<Command>,
    ) =>
    (form: URLSearchParams): ReturnType<Command> => {
      const id = form.get("webhook");
      if (id === null) return undefined;
      const webhook = webhooks.get(id);
      if (webhook === undefined) return { message: "That webhook was deleted.", isFailure: true };
      return command(webhook, shownUrl(webhook.url), form);
    };
  /** The number of the latest entry of a webhook. */
  const latest = ({ id }: WebhookRecord) =>
    sandbox.deliveries.list().findLast(({ webhookId }) => webhookId === id)?.number;

  return {
    "webhook-pause": on((webhook, url) => {
      webhooks.pause(webhook);
      return { message: `Deliveries to ${url} are paused: events wait.` };
    }),
    "webhook-resume": on((webhook, url) => {
      act(() => webhooks.resume(webhook));
      return { message: `Deliveries to ${url} go on.` };
    }),
    "webhook-reactivate": on((webhook, url) => {
      act(() => webhooks.reactivate(webhook));
      return { message: `The webhook ${url} is active again.` };
    }),
    "webhook-redeliver": on((webhook, url) => {
      const number = act(() => webhooks.redeliverDropped(webhook));
      return { message: `${counted(number, "event")} are queued again for ${url}.` };
    }),
    "webhook-delete": on((webhook, url) => {
      webhooks.delete(webhook);
      return { message: `The webhook ${url} was deleted.` };
    }),
    "webhook-test": on(async (webhook, url) => {
      const result = await manual.start(webhook.id, webhooks.test(webhook));
      if (result === undefined) return { message: `The test event for ${url} ${UNDERWAY}` };
      const number = latest(webhook);
      return {
        message: `Test event: ${result.description}`,
        isFailure: result.status === "FAILURE",
        query: number === undefined ? {} : { delivery: `${number}` },
      };
    }),
    "send-event": on(async (webhook, url, form) => {
      const body = form.get("body");
      if (body === null) return undefined;
      // Browsers send the lines of a field with carriage returns.
      const text = body.replaceAll("\r\n", "\n");
      const oddity = oddityOf(text);
      const sent = await manual.start(webhook.id, webhooks.sendEvent(webhook, text));
      const what = oddity === null ? "The event" : `The body (${oddity.replace(/\.$/, "")})`;
      return outcomeOf(sent, `${what} for ${url}`);
    }),
    resend: async (form) => {
      const text = form.get("number") ?? "";
      if (!/^\d{1,15}$/.test(text)) return undefined;
      const number = Number(text);
      const entry = sandbox.deliveries.list().find((each) => each.number === number);
      const sent = await manual.start(entry?.webhookId ?? "", webhooks.resend(number));
      return outcomeOf(sent, `Delivery ${number}`);
    },
  };
}

function outcomeOf(sent: ManualDelivery | undefined, what: string): Outcome {
  if (sent === undefined) return { message: `${what} ${UNDERWAY}` };
  const { number, status, reason } = sent;
  if (number === null) return { message: `${what} was not sent. ${reason}.`, isFailure: true };
  const answer = status === null ? (reason ?? "There was no answer") : `the answer is ${status}`;
  return {
    message: `${what} was sent as delivery ${number}: ${answer}.`,
    isFailure: !isTaken(status),
    query: { delivery: `${number}` },
  };
}
