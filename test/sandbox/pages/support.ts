import { onTestFinished } from "vitest";
import {
  type SandboxServer,
  type SandboxServerOptions,
  startSandbox,
} from "../../../src/sandbox/index.ts";

export const HOSTILE = `</title><script>alert("x")</script>'&`;

/** Starts a sandbox that ends with the test. */
export async function start(options: SandboxServerOptions = {}): Promise<SandboxServer> {
  const server = await startSandbox({ seed: 3, clock: "manual", ...options });
  onTestFinished(() => server.close());
  return server;
}

/** The HTML of a tab of the workbench, or of its first one. */
export async function pageOf({ apiUrl }: SandboxServer, query = ""): Promise<string> {
  return (await fetch(`${apiUrl}/${query}`)).text();
}

/** The token of the forms on a page. */
export async function tokenOn(address: string): Promise<string> {
  const text = await (await fetch(address)).text();
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Sends a form as a browser does. */
export async function post(
  address: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { origin } = new URL(address);
  return fetch(address, {
    method: "POST",
    redirect: "manual",
    headers: { origin, "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams(fields),
  });
}

/** Sends a command to the workbench; returns the message of the page that follows, or the status of a refusal. */
export async function command(
  server: SandboxServer,
  fields: Record<string, string>,
): Promise<string> {
  const token = await tokenOn(server.apiUrl);
  const answer = await post(`${server.apiUrl}/-/do`, { token, ...fields });
  const location = answer.headers.get("location");
  if (location === null) return `${answer.status}`;
  const page = await (await fetch(new URL(location, server.apiUrl))).text();
  return /<p role="status" id="notice"[^>]*>([^<]*)</.exec(page)?.[1] ?? "";
}
