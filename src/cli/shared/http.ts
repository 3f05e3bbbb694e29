import { CommandError } from "./usage-error.ts";

/** The longest body that is shown. */
const MOST_BYTES = 65_536;

/** An answer, with as much of its body as is shown. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly body: string;
}

/**
 * Sends a request to a server of the user. Redirects are not followed, as Enode does not follow them.
 *
 * @param timeout How long the answer and its body may take, in ms.
 * @throws CommandError when there is no answer.
 */
export async function send(url: URL, init: RequestInit, timeout: number): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const { status, statusText } = response;
    return { status, statusText, body: await startOf(response) };
  } catch (error) {
    throw new CommandError(
      signal.aborted
        ? `${url} did not answer within ${timeout / 1000} s`
        : `${url} could not be reached: ${reasonOf(error)}`,
    );
  }
}

async function startOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_BYTES) return `${text.slice(0, MOST_BYTES)}…`;
  }
  return text + decoder.decode();
}

/** fetch says "fetch failed" and keeps the reason in the cause, which may be an error for each address. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: unknown };
  const { code, message: inner } = Object(cause) as Record<string, unknown>;
  return String(inner || code || message || error);
}
