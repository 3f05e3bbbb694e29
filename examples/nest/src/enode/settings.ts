export const webhookSecret = (): string => process.env.ENODE_WEBHOOK_SECRET ?? "";

/** Where Enode reaches this app. */
export const appUrl = (path: string): string =>
  new URL(path, process.env.APP_URL ?? "http://127.0.0.1:3000").href;
