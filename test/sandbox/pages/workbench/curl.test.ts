import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type CurlRequest,
  curlText,
  tokenText,
} from "../../../../src/sandbox/pages/workbench/shared/curl.ts";
import { shellQuote } from "../../../../src/sandbox/pages/workbench/shared/shell-quote.ts";
import { placeholders } from "../../../../src/sandbox/shared/redaction.ts";
import { HOSTILE, start } from "../support.ts";
import { bash } from "./bash.ts";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A server that remembers the last request. */
async function listen(): Promise<{ readonly origin: string; last(): Seen | undefined }> {
  let seen: Seen | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  // The server listens on a port.
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, last: () => seen };
}

function textOf(request: CurlRequest): string {
  const copy = curlText(request);
  if ("reason" in copy) throw new Error(copy.reason);
  return copy.text;
}

const HOSTILE_TEXTS = [
  HOSTILE,
  "it's $HOME `id` $(id) \\ \" ! # ~ * ? [a-z] {1,2} & | ; < > %",
  "'; touch /tmp/never; '",
  "two\nlines\n",
  "\u001b[201~\u0003\r\t\u0007\u0085 1 after",
  "Grüße, 東京 🚗",
  "@/etc/passwd",
  "-X DELETE",
  "",
];

describe("the quotes of the shell", () => {
  it.each(HOSTILE_TEXTS)("keep %j as it is", async (text) => {
    expect(await bash(`printf %s ${shellQuote(text)}`)).toBe(text);
  });

  it("let no control character through to the terminal", () => {
    expect(shellQuote("\u001b[201~rm\u0003\u0085\r")).toBe("$'\\x1b[201~rm\\x03\\xc2\\x85\\x0d'");
    expect(shellQuote("two\nlines")).toBe("'two\nlines'");
  });
});

describe("the text of curl", () => {
  it.each(HOSTILE_TEXTS)("sends the body %j as it was", async (body) => {
    const { origin, last } = await listen();
    const headers: [string, string][] = [["content-type", "application/json"]];
    await bash(textOf({ method: "POST", url: `${origin}/x`, headers, body }));
    expect(last()).toMatchObject({ method: "POST", url: "/x", body });
    expect(last()?.headers["content-type"]).toBe("application/json");
  });

  it("sends hostile headers and addresses as they were", async () => {
    const { origin, last } = await listen();
    const path = `/users/a'b$(id)[1-9]{a,b}?q=%27;id&x[]=!`;
    const headers: [string, string][] = [
      ["x-`id`$(id)".replace("$(id)", "$id"), "a'b\"c $(id) `id` \\"],
      ["x-empty", ""],
    ];
    await bash(textOf({ method: "GET", url: origin + path, headers, body: null }));
    expect(last()).toMatchObject({ method: "GET", url: path, body: "" });
    expect(last()?.headers).toMatchObject({
      "x-`id`$id": "a'b\"c $(id) `id` \\",
      "x-empty": "",
    });
  });

  it.each(["PUT", "DELETE", "PATCH", "HEAD", "POST"])("sends %s without a body", async (method) => {
    const { origin, last } = await listen();
    await bash(textOf({ method, url: `${origin}/x`, headers: [], body: null }));
    expect(last()).toMatchObject({ method, url: "/x", body: "" });
    expect(last()?.headers).not.toHaveProperty("content-type");
  });

  it("gives a body no type that it did not have", async () => {
    const { origin, last } = await listen();
    await bash(textOf({ method: "GET", url: `${origin}/x`, headers: [], body: "a=b" }));
    expect(last()).toMatchObject({ method: "GET", body: "a=b" });
    expect(last()?.headers).not.toHaveProperty("content-type");
  });

  it("leaves out the headers of the connection", () => {
    const headers: [string, string][] = [
      ["Host", "api.example.com"],
      ["content-length", "2"],
      ["accept-encoding", "gzip"],
      ["connection", "keep-alive"],
      ["enode-version", "2024-10-01"],
    ];
    expect(textOf({ method: "GET", url: "http://127.0.0.1/", headers, body: null })).toBe(
      "curl --globoff 'http://127.0.0.1/' \\\n  -H 'enode-version: 2024-10-01'",
    );
  });

  it("takes secrets from variables of the shell", async () => {
    const { origin, last } = await listen();
    const text = textOf({
      method: "PATCH",
      url: `${origin}/webhooks/1?key=${placeholders.linkToken}`,
      headers: [
        ["authorization", "Bearer abcd… (valid for 58 min)"],
        ["x-key", placeholders.webhookHeader],
      ],
      body: `{"secret":"${placeholders.webhookSecret}","url":"http://x/$HOME"}`,
    });
    await bash(text, {
      HOME: "/home/anna",
      ENODE_ACCESS_TOKEN: "token",
      ENODE_LINK_TOKEN: "link",
      ENODE_WEBHOOK_HEADER: "it's $HOME",
      ENODE_WEBHOOK_SECRET: "`id` 'x'",
    });
    expect(last()).toMatchObject({
      url: "/webhooks/1?key=link",
      headers: { authorization: "Bearer token", "x-key": "it's $HOME" },
      body: '{"secret":"`id` \'x\'","url":"http://x/$HOME"}',
    });
  });

  it("signs in with the client secret of the shell", async () => {
    const { origin, last } = await listen();
    const headers: [string, string][] = [
      ["authorization", `Basic a'b:${placeholders.clientSecret}`],
    ];
    const text = textOf({ method: "POST", url: `${origin}/oauth2/token`, headers, body: "a=b" });
    await bash(text, { ENODE_CLIENT_SECRET: "secret" });
    expect(last()?.headers["authorization"]).toBe(`Basic ${btoa("a'b:secret")}`);
  });

  it("says that no command line holds a null byte", () => {
    const request = { method: "POST", url: "http://127.0.0.1/", headers: [], body: "a\0b" };
    expect(curlText(request)).toEqual({
      reason: "The body holds a null byte, which no command line can hold.",
    });
  });
});

describe("the text that fetches a token", () => {
  it("puts a valid one into the variable", async () => {
    const { tokens, credentials, apiUrl } = await start();
    const env = {
      ENODE_CLIENT_ID: credentials.clientId,
      ENODE_CLIENT_SECRET: credentials.clientSecret,
    };
    const token = await bash(
      `${tokenText(`${apiUrl}/oauth2/token`)}\nprintf %s "$ENODE_ACCESS_TOKEN"`,
      env,
    );
    expect(tokens.issued).toBe(1);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${apiUrl}/vehicles`, { headers })).status).toBe(200);
  });

  it("says where the credentials are when they are not set", async () => {
    const { apiUrl } = await start();
    const said = await bash(`{ ${tokenText(`${apiUrl}/oauth2/token`)}\n} 2>&1`);
    expect(said).toContain("ENODE_CLIENT_ID: is on the tab Connect");
  });
});

it("leaves out headers of which only the beginning is kept", () => {
  const headers = [
    ["cookie", "…"],
    ["x-api-key", "abcd…"],
    ["x-mine", "1"],
  ] as const;
  const text = textOf({ method: "GET", url: "http://127.0.0.1/", headers, body: null });
  expect(text).toBe("curl --globoff 'http://127.0.0.1/' \\\n  -H 'x-mine: 1'");
});

it("takes the authorization of a delivery for that of its webhook", async () => {
  const { origin, last } = await listen();
  const headers = [["authorization", placeholders.webhookHeader]] as const;
  const text = textOf({ method: "POST", url: origin, headers, body: "[]" });
  await bash(text, { ENODE_WEBHOOK_HEADER: "Basic abc" });
  expect(last()?.headers["authorization"]).toBe("Basic abc");
});
