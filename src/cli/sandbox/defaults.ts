import { createHash, randomBytes } from "node:crypto";

/** Where the sandbox of the command line listens by default. */
export const SANDBOX_PORT = 4010;

/** The seed by default: a program's settings and its copies of devices still fit after a restart. */
export const SANDBOX_SEED = 0;

/** The secret of webhooks: the same for the same seed, and another one each time without a seed. */
export function webhookSecretOf(seed: number | undefined): string {
  const secret =
    seed === undefined
      ? randomBytes(32)
      : createHash("sha256").update(`secret of webhooks of sandbox ${seed}`).digest();
  return secret.toString("base64url");
}
