import type { Webhook, WebhookCreate, WebhookUpdate } from "../../generated/types.ts";
import type { checkAddress } from "../core/request/checks.ts";
import type { invalidArgument } from "../errors/configuration.ts";
import type { EnodeError, ErrorCode } from "../errors/index.ts";

/** Calls about webhooks, which share one deadline. */
export interface WebhookCalls {
  list(): AsyncIterable<Webhook>;
  create(webhook: WebhookCreate): Promise<Webhook>;
  update(webhookId: string, webhook: WebhookUpdate): Promise<Webhook>;
  delete(webhookId: string): Promise<unknown>;
}

/**
 * Passed in and not imported: a module that this one and the client import would become a chunk of its own in the
 * bundles of apps, and cost more than loading this one lazily saves.
 */
export interface Dependencies {
  webhooks: WebhookCalls;
  /** The version that the types describe. */
  apiVersion: string;
  checkAddress: typeof checkAddress;
  invalid: typeof invalidArgument;
}

/** How often to begin again after another server has deleted the webhook to keep. */
const maxRounds = 5;

/** Failures of a create after which the webhook may exist: by another server, or by this request. */
const mayHaveOne: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bad_request",
  "conflict",
  "server_error",
  "connection_failed",
  "attempt_timeout",
  "unexpected_content_type",
  "invalid_json",
  "schema_mismatch",
]);

/**
 * Ensures that one webhook is in force for a URL, see `Webhooks.ensure`.
 *
 * Servers that do so at the same time agree without communication: a server that creates a webhook checks again
 * whether it is the only one, and all servers that see several keep the same one.
 */
export async function ensureWebhook(
  subscription: WebhookCreate,
  dependencies: Dependencies,
): Promise<Webhook> {
  const { href, creation, settings } = toBodies(subscription, dependencies);
  const { webhooks } = dependencies;
  const find = async (): Promise<Webhook[]> => {
    const found: Webhook[] = [];
    for await (const webhook of webhooks.list()) {
      if (URL.canParse(webhook.url) && new URL(webhook.url).href === href) found.push(webhook);
    }
    return found;
  };
  for (let round = 1; ; round++) {
    let found = await find();
    if (found.length === 0) {
      const made = await webhooks.create(creation).catch(async (error: EnodeError) => {
        if (!mayHaveOne.has(error.code)) throw error;
        found = await find().catch((second: EnodeError) => {
          throw second.code === "aborted" ? second : error;
        });
        if (found.length === 0) throw error;
      });
      if (made) {
        // The list may lag behind and not have it yet.
        found = [made, ...(await find()).filter(({ id }) => id !== made.id)];
        if (found.length === 1) return made;
      }
    }
    const kept = found.reduce((a, b) => (age(b) < age(a) ? b : a));
    try {
      // Before the others are deleted, so that one is in force at any time.
      const updated = await webhooks.update(kept.id, settings);
      for (const { id } of found) if (id !== kept.id) await deleteIfThere(webhooks, id);
      return updated;
    } catch (error) {
      if (!isMissing(error) || round === maxRounds) throw error;
    }
  }
}

/** The bodies to create the webhook, and to update an existing one. */
function toBodies(
  subscription: WebhookCreate,
  { apiVersion: ours, checkAddress, invalid }: Dependencies,
): { href: string; creation: WebhookCreate; settings: WebhookUpdate } {
  // Without types any value may be passed.
  if (typeof subscription !== "object" || subscription === null) {
    throw invalid("subscription", "The subscription must be an object, { url, secret }.");
  }
  const { url, secret, events = ["*"], apiVersion = ours, authentication } = subscription;
  const { href } = checkAddress(url, "url", invalid);
  if (typeof secret !== "string" || !/^\S.{4,254}\S$/su.test(secret)) {
    throw invalid(
      "secret",
      "secret must be a string of 6 to 256 characters, with no white space at its ends.",
    );
  }
  if (!Array.isArray(events) || events.length === 0) {
    throw invalid("events", "events must name at least one event; leave it out for all of them.");
  }
  // The secret and the header's value cannot be read, so they are written and not compared.
  const settings = { secret, events, apiVersion };
  return {
    href,
    creation: { url, ...settings, ...(authentication && { authentication }) },
    settings: { ...settings, authentication: authentication ?? null },
  };
}

async function deleteIfThere(webhooks: WebhookCalls, id: string): Promise<void> {
  try {
    await webhooks.delete(id);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as EnodeError).code === "not_found";
}

/** Orders webhooks by age, and those of the same time by ID: all servers must choose the same one. */
function age({ createdAt, id }: Webhook): string {
  return `${createdAt} ${id}`;
}
