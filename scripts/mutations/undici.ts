import type { Rule } from "./rule.ts";

/** A rule, the file of the transport on undici, the text that keeps it, what the source says without it, its tests. */
type Row = readonly [rule: string, file: string, find: string, replace: string, tests: string];

const rows: readonly Row[] = [
  [
    "a request that waited for a connection is not sent after its abort",
    "exchange",
    "controller.abort(this.#options.signal.reason);\n      return;",
    "",
    "sender",
  ],
  [
    "an attempt that is given up before it was sent fails as not sent",
    "exchange",
    "    onNotSent(error);\n",
    "",
    "sender",
  ],
  [
    "a failure before the first byte is known to be one",
    "exchange",
    "isSent ? error : new RequestNotSentError(error)",
    "error",
    "sender",
  ],
  [
    "a failure after the first byte is not taken for one before it",
    "exchange",
    "    this.#controller = controller;\n",
    "",
    "sender",
  ],
  [
    "undici sends nothing but reads again by itself",
    "exchange",
    "if (isSecond && !this.#options.isRead) {",
    "if (isSecond && this.#options.maxBytes < 0) {",
    "sender",
  ],
  [
    "a refused stream of HTTP/2 counts as not sent",
    "exchange",
    " && !isRefusedStream(error)",
    "",
    "http2",
  ],
  ["answers of 1xx are passed over", "exchange", "if (status < 200) return;", "", "answers"],
  [
    "an answer is bounded as it arrives",
    "exchange",
    "if (this.#bytes > this.#limit) this.#tooLarge(controller, head);\n    else ",
    "",
    "answers",
  ],
  [
    "an answer whose length is too large is not even read",
    "exchange",
    "    controller.abort(error);\n",
    "",
    "answers",
  ],
  [
    "an answer is bounded once decompressed",
    "decompress",
    "{ ...options, maxOutputLength }",
    "{ ...options }",
    "answers",
  ],
  [
    "a coding that is unknown changes nothing",
    "decompress",
    "if (!codings.every((coding) => /^((x-)?gzip|deflate|br)$/.test(coding))) return body;",
    "",
    "answers",
  ],
  [
    "deflate without the header of zlib is understood",
    "decompress",
    "((body[0] ?? 0) & 0x0f) === 0x08 ? deflate : rawDeflate",
    "deflate",
    "answers",
  ],
  [
    "codings are undone from the last to the first",
    "decompress",
    "of codings.reverse()",
    "of codings",
    "answers",
  ],
  [
    "the byte order mark is left out",
    "exchange",
    'text.startsWith("\\ufeff") ? text.slice(1) : text',
    "text",
    "answers",
  ],
  [
    "a proxy that cuts CONNECT off ends the attempt",
    "connections",
    'if (error.code !== "UND_ERR_SOCKET")',
    "if (error.code !== undefined)",
    "sender",
  ],
  [
    "a proxy that refuses CONNECT is named",
    "connections",
    "if (answer.statusCode === 200) return answer;",
    "if (answer.statusCode > 0) return answer;",
    "sender",
  ],
  [
    "a dispatcher of an older undici is refused",
    "sender",
    '?.code !== "UND_ERR_INVALID_ARG") {',
    "?.code !== undefined) {",
    "sender",
  ],
];

/** The transport on undici. */
export const undiciRules: readonly Rule[] = rows.map(([rule, file, find, replace, test]) => ({
  rule,
  file: `src/undici/${file}.ts`,
  find,
  replace,
  tests: [`test/undici/${test}.test.ts`],
}));
