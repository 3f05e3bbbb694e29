import type { LinkSession, LinkSessionRequest } from "../../../generated/types.ts";
import {
  createSandbox,
  type LinkCompletion,
  type Sandbox,
  type SandboxOptions,
} from "../../../src/sandbox/index.ts";
import { type ContractFetch, contractFetch } from "../../support/contract.ts";

/** A sandbox with a manual clock, and a caller whose traffic is checked against the OpenAPI file. */
export interface Harness {
  readonly sandbox: Sandbox;
  readonly fetch: ContractFetch;
  /** Calls the API with a good token; `body` goes as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Links an account of the user, and answers with the devices. */
  link(userId: string, completion: LinkCompletion): ReturnType<Sandbox["completeLink"]>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what came over the wire, member by member.
  readonly body: any;
}

export const BASE = "https://enode-api.sandbox.enode.io";

export const LINK_REQUEST: LinkSessionRequest = {
  scopes: [
    "vehicle:read:data",
    "vehicle:read:location",
    "vehicle:control:charging",
    "charger:read:data",
    "charger:control:charging",
  ],
  language: "en-GB",
  redirectUri: "https://app.example.com/done",
};

export function createHarness(options: SandboxOptions = {}): Harness {
  const sandbox = createSandbox({ seed: 7, clock: "manual", ...options });
  const fetch = contractFetch(sandbox.fetch, { invalidRequests: "refused-or-violation" });
  let token: Promise<string> | undefined;
  const harness: Harness = {
    sandbox,
    fetch,
    async call(method, path, body) {
      token ??= fetchToken(sandbox);
      let response = await send(fetch, method, path, await token, body);
      if (response.status === 401) {
        token = fetchToken(sandbox);
        response = await send(fetch, method, path, await token, body);
      }
      return response;
    },
    async link(userId, completion) {
      const path = `/users/${encodeURIComponent(userId)}/link`;
      const { body } = await harness.call("POST", path, LINK_REQUEST);
      return sandbox.completeLink((body as LinkSession).linkToken, completion);
    },
  };
  return harness;
}

/** Makes one API request, with the token if there is one. */
export async function send(
  fetch: (request: Request) => Promise<Response>,
  method: string,
  path: string,
  token?: string,
  body?: unknown,
): Promise<Answer> {
  const headers = new Headers();
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(new Request(BASE + path, { method, headers, body: text }));
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answer === "" ? undefined : JSON.parse(answer),
  };
}

export interface TokenRequest {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly grant?: string;
}

/** Makes one token request. */
export async function requestToken(sandbox: Sandbox, change: TokenRequest = {}): Promise<Answer> {
  const { clientId, clientSecret, grant } = {
    ...sandbox.credentials,
    grant: "client_credentials",
    ...change,
  };
  const response = await sandbox.fetch("https://oauth.sandbox.enode.io/oauth2/token", {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: grant }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export async function fetchToken(sandbox: Sandbox): Promise<string> {
  const { body } = await requestToken(sandbox);
  return body.access_token;
}
