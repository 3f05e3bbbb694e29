import type { RequestEntry } from "../../../app/request-log.ts";
import { route } from "../../../http/router.ts";
import { isCut } from "../../../shared/body-recorder.ts";
import type { RecordedExchange } from "../../../shared/recordings.ts";
import type { CopyText } from "../shared/copy-text.ts";
import { curlText, tokenText } from "../shared/curl.ts";
import { sdkCall } from "../shared/sdk-call.ts";

/** The command of curl that sends a request to the sandbox; fetches a token first where one is needed. */
export function requestAsCurl(
  { method, url, request }: RecordedExchange,
  apiUrl: string,
): CopyText {
  const refusal = bodyRefusal(request);
  if (refusal !== undefined) return refusal;
  const { headers, body } = request;
  const copy = curlText({ method, url: apiUrl + url, headers, body });
  const needsToken = headers.some(
    ([name, value]) => name === "authorization" && !/^basic /i.test(value),
  );
  return needsToken && "text" in copy
    ? { text: `${tokenText(`${apiUrl}/oauth2/token`)}\n${copy.text}` }
    : copy;
}

/** The call of enode-sdk that sends a request. */
export function requestAsSdk(
  { method, operation }: RequestEntry,
  { url, request }: RecordedExchange,
): CopyText {
  if (operation === null) return { reason: "The API has no such path." };
  if (operation === "token") return { reason: "enode-sdk fetches its tokens by itself." };
  const refusal = bodyRefusal(request);
  if (refusal !== undefined) return refusal;
  // Any origin: the URL of a request is its path and query.
  const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
  const { parameters } = route(method, pathname);
  const path = Object.fromEntries(parameters);
  return sdkCall({ operation, path, query: searchParams, body: request.body });
}

function bodyRefusal(
  request: RecordedExchange["request"],
): { readonly reason: string } | undefined {
  if (isCut(request)) return { reason: "Only the first 64 kB of the body are kept." };
  if (request.body === null && request.size > 0) {
    return { reason: "The body is not text, and is not kept." };
  }
  return undefined;
}
