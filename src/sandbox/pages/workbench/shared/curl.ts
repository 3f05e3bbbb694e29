import { isShortened, placeholders } from "../../../shared/redaction.ts";
import type { CopyText } from "./copy-text.ts";
import { shellQuote } from "./shell-quote.ts";

/** A request that is to be sent by curl, with placeholders for its secrets. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** Null for none. */
  readonly body: string | null;
}

// curl sets them, or they were about another connection.
const OF_THE_CONNECTION =
  /^(?:host|content-length|connection|keep-alive|te|transfer-encoding|expect|upgrade|accept|accept-(?:encoding|language)|user-agent|sec-.+|priority|traceparent|tracestate)$/;

/** The command that sends a request by curl: for bash, zsh and ksh. */
export function curlText({ method, url, headers, body }: CurlRequest): CopyText {
  if (body?.includes("\0") === true) {
    return { reason: "The body holds a null byte, which no command line can hold." };
  }
  const sent = Array.from(headers).filter(([name, value]) => {
    const lowerCase = name.toLowerCase();
    if (lowerCase === "authorization") return true;
    return !OF_THE_CONNECTION.test(lowerCase) && !isShortened(value);
  });
  const hasType = sent.some(([name]) => name.toLowerCase() === "content-type");
  const lines = [
    `curl ${methodOption(method, body)}--globoff ${shellQuote(url)}`,
    ...sent.map(([name, value]) => headerOption(name, value)),
    // Without it curl would choose a type.
    ...(body === null || hasType ? [] : ["-H 'content-type:'"]),
    ...(body === null ? [] : [`--data-raw ${shellQuote(body)}`]),
  ];
  return { text: lines.join(" \\\n  ") };
}

/** The command that puts an access token into a variable, which later commands use. */
export function tokenText(tokenUrl: string): string {
  const client = `"\${ENODE_CLIENT_ID:?is on the tab Connect}:\${ENODE_CLIENT_SECRET:?is on the tab Connect}"`;
  return `ENODE_ACCESS_TOKEN=$(curl -s -u ${client} -d grant_type=client_credentials ${shellQuote(tokenUrl)} | sed -n 's/.*"access_token": *"\\([^"]*\\)".*/\\1/p')`;
}

function methodOption(method: string, body: string | null): string {
  // With `-X HEAD` curl would wait for a body.
  if (method === "HEAD") return "--head ";
  return method === (body === null ? "GET" : "POST") ? "" : `-X ${shellQuote(method)} `;
}

function headerOption(name: string, value: string): string {
  // A value with a placeholder is that of a webhook.
  const isToken = name.toLowerCase() === "authorization" && value !== placeholders.webhookHeader;
  if (isToken) return authorizationOption(value);
  // An empty header is written with a semicolon: a colon at the end removes it.
  return `-H ${shellQuote(value === "" ? `${name};` : `${name}: ${value}`)}`;
}

/** Recordings hold only what tells one token from another, so any is replaced by a valid one. */
function authorizationOption(value: string): string {
  const user = /^basic (.*)$/i.exec(value)?.[1];
  if (user !== undefined) return `-u ${shellQuote(user)}`;
  return `-H "authorization: Bearer ${placeholders.accessToken}"`;
}
