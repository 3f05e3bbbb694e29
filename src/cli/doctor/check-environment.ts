import { type Finding, fail, ok, warn } from "./finding.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Looks at the variables that Enode.fromEnv() reads, and at that of the webhook receiver. Shows none of the values. */
export function checkEnvironment(env: Env): Finding[] {
  return [
    credential(env, "ENODE_CLIENT_ID"),
    credential(env, "ENODE_CLIENT_SECRET"),
    environment(env),
    webhookSecret(env),
  ];
}

function credential(env: Env, name: string): Finding {
  const value = env[name];
  if (value === undefined || value.trim() === "") {
    return fail(
      name,
      "is not set",
      "copy it from the page of your client at Enode, or the output of enode-sdk sandbox",
    );
  }
  return value === value.trim()
    ? ok(name, "is set")
    : warn(
        name,
        "has white space around it, which is cut off",
        "remove it where the variable is set",
      );
}

function environment(env: Env): Finding {
  const name = "ENODE_ENVIRONMENT";
  const value = env[name]?.trim();
  if (value === "production" || value === "sandbox") return ok(name, value);
  const text = value ? `is neither "production" nor "sandbox"` : "is not set";
  return fail(
    name,
    text,
    "set it to the world that your credentials belong to: production or sandbox",
  );
}

function webhookSecret(env: Env): Finding {
  const name = "ENODE_WEBHOOK_SECRET";
  const value = env[name];
  if (!value) return warn(name, "is not set", "set it if this program receives webhooks");
  return value === value.trim()
    ? ok(name, "is set")
    : fail(name, "has white space around it, so that no signature is right", "remove it");
}
