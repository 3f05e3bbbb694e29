import type { CopyText } from "./copy-text.ts";
import { shellQuote } from "./shell-quote.ts";

/** A request that is to be sent by curl. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** Null for none. */
  readonly body: string | null;
}

/** A header whose value comes from a variable of the shell, so that the text holds no secret. */
export interface HiddenHeader {
  readonly name: string;
  /** In double quotes of the shell, such as `Bearer $ENODE_ACCESS_TOKEN`. */
  readonly value: string;
}

// curl sets them, or they were about another connection.
const OF_THE_CONNECTION =
  /^(?:host|content-length|connection|keep-alive|te|transfer-encoding|expect|upgrade|accept|accept-(?:encoding|language)|user-agent|sec-.+|priority|traceparent|tracestate)$/;

/**
 * The command that sends a request by curl: for bash, zsh and ksh.
 *
 * @param hidden Headers that take the place of those with their names.
 */
export function curlText(request: CurlRequest, hidden: readonly HiddenHeader[] = []): CopyText {
  const { method, url, body } = request;
  if (body?.includes("\0") === true) {
    return { reason: "The body holds a null byte, which no command line can hold." };
  }
  const secret = new Map(hidden.map(({ name, value }) => [name.toLowerCase(), value]));
  const headers = Array.from(request.headers).filter(
    ([name]) => !OF_THE_CONNECTION.test(name.toLowerCase()),
  );
  const lines = [
    `curl ${methodOption(method, body)}--globoff ${shellQuote(url)}`,
    ...headers.map(([name, value]) => headerOption(name, value, secret.get(name.toLowerCase()))),
    // Without it curl would choose a type.
    ...(body === null || headers.some(([name]) => name.toLowerCase() === "content-type")
      ? []
      : ["-H 'content-type:'"]),
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

function headerOption(name: string, value: string, hidden: string | undefined): string {
  if (hidden !== undefined) return `-H ${shellQuote(`${name}: `)}"${hidden}"`;
  // An empty header is written with a semicolon: a colon at the end removes it.
  return `-H ${shellQuote(value === "" ? `${name};` : `${name}: ${value}`)}`;
}
