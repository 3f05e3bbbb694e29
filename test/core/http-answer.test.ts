import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isApiError, isResponseValidationError, isServerError } from "../../src/errors/index.ts";
import { useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";
import { withToken } from "./support/with-token.ts";

const start = useLoopback();
const getUser = (enode: Enode) => enode.users.get("u-1");

describe("an answer that is too large", () => {
  const bomb = gzipSync(JSON.stringify({ id: "x".repeat(5_000_000) }));
  const zipped = (status: number) =>
    start({
      api: (_request, response) => {
        response.writeHead(status, {
          "content-type": "application/json",
          "content-encoding": "gzip",
          "content-length": bomb.length,
        });
        response.end(bomb);
      },
    });

  it("once decompressed is an error, not tried again", async () => {
    const { baseUrl, tokenUrl, requests } = await zipped(200);
    const enode = createClient({ baseUrl, tokenUrl, maxResponseBytes: 1_000_000 });

    const error = await failureOf(getUser(enode), isResponseValidationError);

    expect(error).toMatchObject({ code: "response_too_large", status: 200, attempts: 1 });
    expect(error.message).toContain("maxResponseBytes");
    expect(requests).toHaveLength(1);
  });

  it("is taken when the limit allows it, compressed or not", async () => {
    const { baseUrl, tokenUrl } = await zipped(200);

    expect((await getUser(createClient({ baseUrl, tokenUrl }))).id).toHaveLength(5_000_000);
  });

  it.each([
    [
      "that says how large it is",
      () => json({ id: "x".repeat(100) }, 200, { "content-length": "109" }),
    ],
    ["that does not", () => json({ id: "x".repeat(100) })],
  ])("is one %s", async (_what, api) => {
    const fetch = stubFetch({ api });

    await failureOf(
      getUser(withToken({ fetch, maxResponseBytes: 108 })),
      isResponseValidationError,
    );
    await getUser(withToken({ fetch, maxResponseBytes: 109 }));
  });

  it("of an error status keeps its meaning, without its body", async () => {
    const { baseUrl, tokenUrl } = await zipped(500);
    const enode = createClient({ baseUrl, tokenUrl, maxRetries: 0 });

    const error = await failureOf(getUser(enode), isServerError);

    expect(error).toMatchObject({ status: 500, problem: undefined });
  });

  it.each<[string, string]>([
    ["nested deeply", `{"type":"t","title":"T","a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    [
      "of 100,000 texts",
      JSON.stringify({ type: "t", title: "T", a: Array.from({ length: 100_000 }, () => "s") }),
    ],
  ])("of an error status that is %s has no problem document", async (_what, body) => {
    const fetch = stubFetch({ api: () => new Response(body, { status: 400 }) });
    const onError = vi.fn();

    const error = await failureOf(getUser(withToken({ fetch, hooks: { onError } })), isApiError);

    expect(error).toMatchObject({ status: 400, problem: undefined });
    expect(onError).toHaveBeenCalledOnce();
  });

  it("is none when it is a problem of the usual size", async () => {
    const fetch = stubFetch({ api: () => problem(400) });

    expect(await failureOf(getUser(withToken({ fetch })), isApiError)).toHaveProperty(
      "problem.title",
    );
  });
});
