// What both transports must make of the same server.
import type { ServerResponse } from "node:http";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import {
  isApiError,
  isConnectionError,
  isRateLimitError,
  isResponseValidationError,
  isServerError,
} from "../../src/errors/index.ts";
import type { EnodeOptions } from "../../src/options.ts";
import { undiciTransport } from "../../src/undici/index.ts";
import { withToken } from "../core/support/with-token.ts";
import { failureOf } from "../support/stub.ts";
import { useServers } from "./support/servers.ts";

const servers = useServers();

const json = { "content-type": "application/json" };

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});

describe.each([
  ["fetch", () => undefined],
  ["undici", () => undiciTransport()],
])("over %s", (_name, makeTransport) => {
  /** A client of a server that answers in one way; `nth` counts requests from 1. */
  async function clientOf(
    answer: (response: ServerResponse, nth: number) => void,
    options: Partial<EnodeOptions> = {},
  ): Promise<{ enode: Enode; paths: string[] }> {
    const paths: string[] = [];
    const { port } = await servers.plain((request, response) => {
      paths.push(request.url ?? "");
      answer(response, paths.length);
    });
    const enode = withToken({
      baseUrl: `http://127.0.0.1:${port}`,
      transport: makeTransport(),
      maxRetries: 0,
      ...options,
    } as object);
    servers.afterwards(() => enode.close());
    return { enode, paths };
  }
  const getUser = ({ enode }: { enode: Enode }) => enode.users.get("u-1");

  describe("an answer is read", () => {
    it("after others of 1xx", async () => {
      const client = await clientOf((response) => {
        response.writeProcessing();
        response.writeEarlyHints({ link: "</a>; rel=preload" }, () => {
          response.writeHead(200, json).end('{"id":"u-1"}');
        });
      });

      expect(await getUser(client)).toEqual({ id: "u-1" });
    });

    it("without a body, with 204 and with 200", async () => {
      const { enode } = await clientOf((response, nth) =>
        response.writeHead(nth === 1 ? 204 : 200).end(),
      );

      expect(await enode.users.delete("u-1")).toBeUndefined();
      expect(await enode.users.delete("u-2")).toBeUndefined();
    });

    it.each([
      ["content-length", false],
      ["chunked", true],
    ])("in many pieces, which cut characters in two: %s", async (_how, isChunked) => {
      const name = "Zoë 🚗 ".repeat(200);
      const bytes = Buffer.from(JSON.stringify({ id: name }));
      const client = await clientOf(async (response) => {
        response.writeHead(200, { ...json, ...(!isChunked && { "content-length": bytes.length }) });
        for (let at = 0; at < bytes.length; at += 7) {
          const flushed = new Promise((resolve) =>
            response.write(bytes.subarray(at, at + 7), resolve),
          );
          await flushed;
        }
        response.end();
      });

      expect(await getUser(client)).toEqual({ id: name });
    });

    it("without its byte order mark", async () => {
      const client = await clientOf((response) =>
        response.writeHead(200, json).end('\ufeff{"id":"u-1"}'),
      );

      expect(await getUser(client)).toEqual({ id: "u-1" });
    });

    const body = Buffer.from(JSON.stringify({ id: "x".repeat(20_000) }));
    const short = Buffer.from('{"id":"short"}');
    it.each<[string, (body: Buffer) => Buffer]>([
      ["gzip", gzipSync],
      ["x-gzip", gzipSync],
      ["GZIP", gzipSync],
      ["deflate", deflateSync],
      ["deflate", deflateRawSync],
      ["br", brotliCompressSync],
      ["gzip, br", (plain) => brotliCompressSync(gzipSync(plain))],
      ["identity", (plain) => plain],
      ["utf-8", (plain) => plain],
      ["", (plain) => plain],
    ])("with the content encoding '%s'", async (encoding, encode) => {
      const { enode } = await clientOf((response, nth) =>
        response
          .writeHead(200, { ...json, "content-encoding": encoding })
          .end(encode(nth === 1 ? short : body)),
      );

      expect(await enode.users.get("u-1")).toEqual({ id: "short" });
      expect(await enode.users.get("u-1")).toEqual(JSON.parse(body.toString()));
    });

    it("as a Response, with status and repeated headers", async () => {
      const { enode } = await clientOf((response) => {
        response.writeHead(200, {
          ...json,
          "set-cookie": ["a=1", "b=2"],
          "x-twice": ["1", "2"],
          "x-name": Buffer.from("Zoë").toString("latin1"),
        });
        response.end('{"id":"u-1"}');
      });

      const { data, response } = await enode.users.get("u-1").withResponse();

      expect(data).toEqual({ id: "u-1" });
      expect(response).toBeInstanceOf(Response);
      expect(response).toMatchObject({ status: 200, ok: true });
      expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      expect(response.headers.get("x-twice")).toBe("1, 2");
      expect(response.headers.get("x-name")).toBe("ZoÃ«");
    });
  });

  describe("an answer is refused", () => {
    it("that is a redirect, which nobody follows", async () => {
      const client = await clientOf((response) =>
        response.writeHead(302, { location: "/elsewhere" }).end(),
      );

      expect(await failureOf(getUser(client), isApiError)).toMatchObject({
        code: "unexpected_status",
        status: 302,
      });
      expect(client.paths).toEqual(["/users/u-1"]);
    });

    it("that is a 204 where there must be a record", async () => {
      const client = await clientOf((response) => response.writeHead(204).end());

      const error = await failureOf(getUser(client), isResponseValidationError);

      expect(error).toMatchObject({ code: "schema_mismatch", status: 204 });
    });

    it("whose coding is unknown and hides it", async () => {
      const client = await clientOf((response) =>
        response.writeHead(200, { ...json, "content-encoding": "pack" }).end("\u0001\u0002"),
      );

      const error = await failureOf(getUser(client), isResponseValidationError);

      expect(error).toMatchObject({ code: "invalid_json", status: 200 });
    });

    const zipped = gzipSync(JSON.stringify({ id: "x".repeat(20_000) }));
    it.each([
      ["small", Buffer.from("1f8b0800000000000003ffffffffffff", "hex")],
      ["large", Buffer.concat([zipped.subarray(0, 20), Buffer.alloc(20_000, 0xff)])],
    ])("whose gzip is damaged, as one that got lost: %s", async (_size, damaged) => {
      const client = await clientOf(
        (response, nth) =>
          nth === 1
            ? response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(damaged)
            : response.writeHead(200, json).end('{"id":"second"}'),
        { maxRetries: 1 },
      );

      expect(await getUser(client)).toEqual({ id: "second" });
    });

    it("whose gzip is cut off, although it has arrived as a whole", async () => {
      const client = await clientOf((response) =>
        response
          .writeHead(200, { ...json, "content-encoding": "gzip" })
          .end(zipped.subarray(0, zipped.length / 2)),
      );

      const error = await failureOf(getUser(client), isResponseValidationError);

      expect(error.code).toBe("invalid_json");
    });

    it.each<[string, (response: ServerResponse) => void]>([
      ["of its head", (response) => response.socket?.end("HTTP/1.1 200 OK\r\ncontent-ty")],
      [
        "of its length",
        (response) => {
          response.writeHead(200, { ...json, "content-length": 99 });
          response.write('{"id":"u-1"}', () => response.socket?.end());
        },
      ],
      [
        "of its chunks",
        (response) => {
          response.writeHead(200, json);
          response.write('{"id":"u-1"}', () => response.socket?.end());
        },
      ],
      [
        "of its gzip",
        (response) => {
          response.writeHead(200, { ...json, "content-encoding": "gzip" });
          response.write(zipped.subarray(0, 50), () => response.socket?.destroy());
        },
      ],
    ])("that ends before the end %s", async (_what, answer) => {
      const client = await clientOf(answer);

      expect(await failureOf(getUser(client), isConnectionError)).toMatchObject({
        beforeSend: false,
      });
    });

    it("that has no end of its own, if the connection ends in good order, is taken", async () => {
      const client = await clientOf((response) =>
        response.socket?.end(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"id":"u-1"}',
        ),
      );

      expect(await getUser(client)).toEqual({ id: "u-1" });
    });
  });

  describe("an answer that is too large", () => {
    const limit = 1_000;
    const exact = Buffer.from(JSON.stringify({ id: "x".repeat(limit - '{"id":""}'.length) }));
    const longer = Buffer.from(JSON.stringify({ id: "x".repeat(limit) }));
    it.each<[string, (body: Buffer) => Buffer, object]>([
      ["stated", (body) => body, {}],
      ["chunked", (body) => body, { "transfer-encoding": "chunked" }],
      ["gzip", gzipSync, { "content-encoding": "gzip" }],
      ["br", brotliCompressSync, { "content-encoding": "br" }],
      ["deflate", deflateRawSync, { "content-encoding": "deflate" }],
    ])("is an error by one byte, and none at the limit: %s", async (_how, encode, headers) => {
      const client = await clientOf(
        (response, nth) => {
          const body = encode(nth === 1 ? exact : longer);
          const length = "transfer-encoding" in headers ? {} : { "content-length": body.length };
          response.writeHead(200, { ...json, ...length, ...headers }).end(body);
        },
        { maxResponseBytes: limit, maxRetries: 3 },
      );

      expect(await getUser(client)).toEqual(JSON.parse(exact.toString()));
      const error = await failureOf(getUser(client), isResponseValidationError);

      expect(error).toMatchObject({ code: "response_too_large", status: 200, attempts: 1 });
      expect(client.paths).toHaveLength(2);
    });

    it("stops a server that never ends", async () => {
      const closed = vi.fn();
      const client = await clientOf(
        (response) => {
          response.writeHead(200, json).on("close", closed);
          const more = () => {
            while (!response.destroyed && response.write("x".repeat(16_384)));
          };
          response.on("drain", more);
          more();
        },
        { maxResponseBytes: 1_000_000 },
      );

      const error = await failureOf(getUser(client), isResponseValidationError);

      expect(error.code).toBe("response_too_large");
      await vi.waitUntil(() => closed.mock.calls.length > 0);
    });

    const problem = { type: "t", title: "T", detail: "x".repeat(2 ** 20) };
    it.each<[string, (body: string) => Buffer, object]>([
      ["plain", Buffer.from, {}],
      ["gzip", gzipSync, { "content-encoding": "gzip" }],
    ])(
      "keeps its meaning for an error status, without its body: %s",
      async (_how, encode, headers) => {
        const client = await clientOf((response) =>
          response.writeHead(500, { ...json, ...headers }).end(encode(JSON.stringify(problem))),
        );

        expect(await failureOf(getUser(client), isServerError)).toMatchObject({
          status: 500,
          problem: undefined,
        });
      },
    );
  });

  it("two values of retry-after are read as one another does", async () => {
    const client = await clientOf((response) =>
      response.writeHead(429, ["retry-after", "100000", "retry-after", "5"]).end("{}"),
    );

    const error = await failureOf(getUser(client), isRateLimitError);

    expect(error.retryAt).toBeUndefined();
  });
});
