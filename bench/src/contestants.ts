import type { EnodeOptions } from "../../dist/index.js";
import { vehicle } from "./vehicle.ts";

/** Asks for the vehicle once; gives the parsed answer, and throws for any status but 200. */
export type Get = () => Promise<unknown>;

/** What a contestant is pointed at. */
export interface Target {
  baseUrl: string;
  /** The global `fetch` is a stub: whoever would use node:http is given the stub instead. */
  stubbed: boolean;
}

export const contestants = [
  "undici.request",
  "fetch",
  "openapi-fetch",
  "stripe",
  "ky",
  "enode-sdk",
  "enode-sdk, undici",
  "openai",
] as const;

export type Contestant = (typeof contestants)[number];

/** The paths that openapi-fetch is typed by. */
interface Paths {
  "/vehicles/{vehicleId}": {
    get: {
      parameters: { path: { vehicleId: string } };
      responses: { 200: { content: { "application/json": typeof vehicle } } };
    };
  };
}

const token = "a-token-as-long-as-those-of-enode.".repeat(25);
/** What someone without a client library has to send. */
const headers = { authorization: `Bearer ${token}`, "enode-version": "2024-10-01" };

/** Each contestant as its own documentation sets it up, loaded only where it runs. */
const makers: Record<Contestant, (target: Target) => Promise<Get>> = {
  "undici.request": async ({ baseUrl }) => {
    const { request } = await import("undici");
    return async () => {
      const { statusCode, body } = await request(`${baseUrl}/vehicles/${vehicle.id}`, { headers });
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      return body.json();
    };
  },

  fetch: async ({ baseUrl }) => {
    return async () => {
      const response = await fetch(`${baseUrl}/vehicles/${vehicle.id}`, { headers });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      return JSON.parse(await response.text());
    };
  },

  "openapi-fetch": async ({ baseUrl }) => {
    const { default: createClient } = await import("openapi-fetch");
    const client = createClient<Paths>({ baseUrl, headers });
    return async () => {
      const params = { path: { vehicleId: vehicle.id } };
      const { data, response } = await client.GET("/vehicles/{vehicleId}", { params });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      return data;
    };
  },

  stripe: async ({ baseUrl, stubbed }) => {
    const { default: Stripe } = await import("stripe");
    const { hostname: host, port } = new URL(baseUrl);
    const address = { host, port, protocol: "http" } as const;
    const stripe = new Stripe(
      "sk_test_bench",
      stubbed ? { ...address, httpClient: Stripe.createFetchHttpClient() } : address,
    );
    return async () => {
      const answer = await stripe.customers.retrieve(vehicle.id);
      if (answer.lastResponse.statusCode !== 200) throw new Error("not status 200");
      return answer;
    };
  },

  ky: async ({ baseUrl }) => {
    const { default: ky } = await import("ky");
    // Throws for an error status by itself.
    return () => ky.get(`${baseUrl}/vehicles/${vehicle.id}`, { headers }).json();
  },

  "enode-sdk": (target) => ofEnode(target),

  "enode-sdk, undici": async (target) => {
    const { undiciTransport } = await import("../../dist/undici.js");
    return ofEnode(target, { transport: undiciTransport() });
  },

  openai: async ({ baseUrl }) => {
    const { default: OpenAI } = await import("openai");
    const openai = new OpenAI({ apiKey: token, baseURL: baseUrl });
    // Throws for an error status by itself.
    return () => openai.models.retrieve(vehicle.id);
  },
};

async function ofEnode({ baseUrl }: Target, options: Partial<EnodeOptions> = {}): Promise<Get> {
  const { Enode } = await import("../../dist/index.js");
  let requests = 0;
  let responses = 0;
  const enode = new Enode({
    clientId: "bench",
    clientSecret: "a-secret",
    environment: "sandbox",
    baseUrl,
    tokenUrl: `${baseUrl}/oauth2/token`,
    hooks: {
      onRequest: () => {
        requests++;
      },
      onResponse: ({ status }) => {
        if (status === 200) responses++;
      },
    },
    ...options,
  } as EnodeOptions);
  await enode.vehicles.get(vehicle.id);
  if (requests !== 1 || responses !== 1) throw new Error("the hooks did not run");
  // Throws for an error status by itself.
  return () => enode.vehicles.get(vehicle.id);
}

/** Sets up a contestant. */
export function makeGet(name: Contestant, target: Target): Promise<Get> {
  return makers[name](target);
}
