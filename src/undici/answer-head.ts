import type { HttpAnswerHead } from "../http-transport.ts";

/** Headers as undici gives them: names in lower case, and a list for one that was sent several times. */
type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Status and headers of an answer, of which a `Response` is made only when somebody asks. */
export class AnswerHead implements HttpAnswerHead {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: HttpAnswerHead["headers"];
  readonly #raw: RawHeaders;

  constructor(status: number, raw: RawHeaders) {
    this.ok = status >= 200 && status < 300;
    this.status = status;
    this.#raw = raw;
    this.headers = {
      get(name) {
        const value = raw[name];
        return value === undefined ? null : String(Array.isArray(value) ? value.join(", ") : value);
      },
    };
  }

  toResponse(): Response {
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#raw)) {
      for (const each of [value ?? []].flat()) headers.append(name, toByteString(each));
    }
    return new Response(null, { status: this.status, headers });
  }
}

/** Headers hold bytes. Undici 7.0 reads them as UTF-8 already, which `Headers` would not take. */
function toByteString(value: string): string {
  return /[^\0-\xff]/.test(value) ? Buffer.from(value).toString("latin1") : value;
}
