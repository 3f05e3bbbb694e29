import { isStream, markStream } from "../http/responses.ts";
import {
  BodyRecorder,
  messageOf,
  readInto,
  recordStream,
  wholeMessage,
} from "../shared/body-recorder.ts";
import type { RecordedExchange, RecordedMessage } from "../shared/recordings.ts";
import {
  addressWithoutSecrets,
  headersWithoutSecrets,
  type TokenRemark,
} from "../shared/redaction.ts";

/** Records one request to the API and its answer, both of which others read. */
export class ExchangeRecorder {
  readonly #method: string;
  readonly #url: string;
  readonly #request: RecordedMessage;
  #response: RecordedMessage | null = null;

  /** Call it before anybody reads the body of the request. */
  constructor(request: Request, remark: TokenRemark) {
    const { pathname, search } = new URL(request.url);
    this.#method = request.method;
    this.#url = addressWithoutSecrets(pathname + search);
    const body = new BodyRecorder();
    this.#request = messageOf(headersWithoutSecrets(request.headers, remark), body);
    // A body that is in use fails in the handler, with its own message.
    if (request.body && !request.bodyUsed) void readInto(body, request.clone().body);
  }

  /** Records an answer; returns it, or one with the same content. */
  async record(response: Response): Promise<Response> {
    const { status, headers, body } = response;
    const recorded = headersWithoutSecrets(headers);
    if (body === null) {
      this.#response = { headers: recorded, body: null, size: 0 };
      return response;
    }
    if (isStream(response)) {
      const recorder = new BodyRecorder();
      this.#response = messageOf(recorded, recorder);
      return markStream(new Response(recordStream(body, recorder), { status, headers }));
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    this.#response = wholeMessage(recorded, bytes);
    return new Response(bytes, { status, headers });
  }

  exchange(): RecordedExchange {
    return {
      method: this.#method,
      url: this.#url,
      request: this.#request,
      response: this.#response,
    };
  }
}
