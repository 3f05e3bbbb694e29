import type { Webhook } from "../../../generated/types.ts";
import type { Enode } from "../../enode.ts";
import { isConnectionError, isTimeoutError, isTokenError } from "../../errors/index.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** How far the clocks may be apart, in ms: the header has whole seconds, and the answer took a while. */
const TOLERANCE = 30_000;

/** Looks at Enode, with one request for a token and one for each page of webhooks. */
export async function* checkService(connect: () => Enode): AsyncGenerator<Finding> {
  let enode: Enode;
  try {
    enode = connect();
  } catch (error) {
    yield fail("client", messageOf(error), "correct the variable");
    return;
  }
  try {
    const { response } = await enode.request("listWebhooks", {}).withResponse();
    yield ok("token", "Enode gives out an access token and takes it");
    yield ofClock(response.headers.get("date"), Date.now());
    const webhooks = await enode.webhooks.list().toArray({ limit: 1_000 });
    if (webhooks.length === 0) {
      yield warn(
        "webhooks",
        "there are none",
        "call enode.webhooks.ensure() if you receive events",
      );
    }
    for (const webhook of webhooks) yield ofWebhook(webhook);
  } catch (error) {
    yield ofFailure(error);
  }
}

function ofFailure(error: unknown): Finding {
  const isUnavailable = isTokenError(error) && error.code !== "token_refused";
  if (isConnectionError(error) || isTimeoutError(error) || isUnavailable) {
    return fail(
      "connection",
      messageOf(error),
      "check ENODE_API_URL and ENODE_TOKEN_URL, the network and proxies",
    );
  }
  if (isTokenError(error)) {
    return fail(
      "token",
      messageOf(error),
      "check that ID, secret and ENODE_ENVIRONMENT belong together",
    );
  }
  return fail("api", messageOf(error), "see https://developers.enode.com for the status");
}

function ofClock(header: string | null, now: number): Finding {
  const difference = now - Date.parse(header ?? "");
  if (Number.isNaN(difference)) return ok("clock", "the answer has no date to compare with");
  const seconds = Math.round(Math.abs(difference) / 1_000);
  if (Math.abs(difference) <= TOLERANCE) return ok("clock", "agrees with Enode's");
  return warn(
    "clock",
    `is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} Enode's`,
    "set this machine's clock by NTP; a sandbox whose time runs faster differs too",
  );
}

function ofWebhook({ url, isActive, lastSuccess }: Webhook): Finding {
  const check = `webhook ${withoutQuery(url)}`;
  if (isActive) return ok(check, `is active, last success ${lastSuccess}`);
  return fail(
    check,
    `is inactive since its deliveries failed, last success ${lastSuccess}`,
    "start its server, then call enode.webhooks.ensure(), which activates it",
  );
}

/** A query or a user may hold a secret. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return "of an invalid URL";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
