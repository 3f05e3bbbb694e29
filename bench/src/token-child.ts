import { Agent, install, setGlobalDispatcher } from "undici";
import { serve } from "./child.ts";
import type { Get } from "./contestants.ts";
import { isTheVehicle, vehicle } from "./vehicle.ts";

export type TokenContestant = "enode-sdk" | "google-auth-library" | "@anthropic-ai/sdk" | "openai";

/** So many calls at once. */
export interface Burst {
  callers: number;
}

export interface BurstResult {
  failed: number;
  wrong: number;
  /** The first failure's message. */
  reason?: string;
}

const hour = 3_600_000;

/** Each contestant with its own way to refresh a token. */
const makers: Record<TokenContestant, (baseUrl: string) => Promise<Get>> = {
  "enode-sdk": async (baseUrl) => {
    const { Enode } = await import("../../dist/index.js");
    const enode = new Enode({
      clientId: "bench",
      clientSecret: "a-secret",
      environment: "sandbox",
      baseUrl,
      tokenUrl: `${baseUrl}/oauth2/token`,
      // 10,000 calls wait for 100 connections.
      timeout: 60_000,
      deadline: 90_000,
    });
    return () => enode.vehicles.get(vehicle.id);
  },

  "google-auth-library": async (baseUrl) => {
    const { OAuth2Client } = await import("google-auth-library");
    const client = new OAuth2Client({
      clientId: "bench",
      clientSecret: "a-secret",
      endpoints: { oauth2TokenUrl: `${baseUrl}/oauth2/token` },
      forceRefreshOnFailure: true,
    });
    client.setCredentials({ refresh_token: "a-refresh-token" });
    return async () => (await client.request({ url: `${baseUrl}/vehicles/${vehicle.id}` })).data;
  },

  "@anthropic-ai/sdk": async (baseUrl) => {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({
      baseURL: baseUrl,
      credentials: async () => ({
        token: await exchange(`${baseUrl}/oauth2/token`),
        expiresAt: (Date.now() + hour) / 1000,
      }),
    });
    return () => client.models.retrieve(vehicle.id);
  },

  openai: async (baseUrl) => {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({
      baseURL: baseUrl,
      // Its token endpoint cannot be configured.
      fetch: (input, init) =>
        fetch(`${input}`.startsWith(baseUrl) ? input : `${baseUrl}/oauth2/token`, init),
      workloadIdentity: {
        identityProviderId: "bench",
        serviceAccountId: "bench",
        provider: { tokenType: "jwt", getToken: async () => "a-subject-token" },
      },
    });
    return () => client.models.retrieve(vehicle.id);
  },
};

async function exchange(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST" });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

// The global fetch of Node opens as many connections as there are calls; systems allow 1,024 files.
install();
setGlobalDispatcher(new Agent({ connections: 100 }));

const [name, baseUrl] = process.argv.slice(2) as [TokenContestant, string];
const get = await makers[name](baseUrl);

serve(async ({ callers }: Burst): Promise<BurstResult> => {
  const results = await Promise.allSettled(Array.from({ length: callers }, get));
  const failures = results.filter((result) => result.status === "rejected");
  const reason = failures[0] && `${failures[0].reason}`.split("\n")[0];
  return {
    failed: failures.length,
    wrong: results.filter((each) => each.status === "fulfilled" && !isTheVehicle(each.value))
      .length,
    ...(reason === undefined ? {} : { reason }),
  };
});
