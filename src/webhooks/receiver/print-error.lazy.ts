import { describeError } from "../../shared/describe-error.ts";
import type { WebhookErrorContext } from "./options.ts";

/** Reports to a host that has no `onError`. Loaded with the first failure. */
export function printError(error: unknown, { stage, willRetry }: WebhookErrorContext): void {
  const outlook = willRetry === false ? " It was given up." : "";
  // biome-ignore lint/suspicious/noConsole: a failure must not be silent; onError replaces it.
  console.error(`enode-sdk: a webhook ${stage} failed. ${describeError(error)}${outlook}`);
}
