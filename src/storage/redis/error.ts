import { withSafeMessage } from "../../shared/store-reason.ts";
import { unreachable } from "../shared/system-errors.ts";

/** Codes of the system and of TLS; those of Redis stand at the beginning of its messages. */
const systemCode = /^(E[A-Z]{3,}|ERR_\w+|\w*CERT\w*)$/;
/** What Redis says of itself, and not of a command. */
const aboutServer =
  /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY|TRYAGAIN|WRONGPASS|WRONGTYPE) /;
/** What ioredis and node-redis say without a code, word by word. */
const wordsOfDrivers =
  /^(Connection is closed|Reached the max retries per request limit|Command timed out|Stream isn't writeable and enableOfflineQueue options is false|The client is closed|The client is offline|Socket closed unexpectedly|Connection timeout|Socket timeout|Failed to refresh slots cache|None of startup nodes is available|The queue is full)/;

/**
 * A copy of an error without the command that failed, which drivers attach to it: it holds the token. Where the
 * message is known to hold no values and no address, it is marked as one to show.
 */
export function cleaned(error: unknown): Error {
  const { name, message, code } = Object(error) as Record<"name" | "message" | "code", unknown>;
  if (typeof message !== "string") return new Error("The Redis client failed.");
  const [reason, isSafe] = reasonOf(message, code);
  const copy = new Error(reason);
  copy.name = typeof name === "string" ? name : "Error";
  if (typeof code === "string") Object.assign(copy, { code });
  return isSafe ? withSafeMessage(copy) : copy;
}

function reasonOf(message: string, code: unknown): [reason: string, isSafe: boolean] {
  if (typeof code === "string" && systemCode.test(code)) return [unreachable("Redis", code), true];
  const [words] = wordsOfDrivers.exec(message) ?? [];
  if (words !== undefined) return [`${words}.`, true];
  // Redis quotes what follows a command that it does not know, or does not allow.
  const [beginning = ""] = message.split(", with args");
  return [beginning, aboutServer.test(message)];
}
