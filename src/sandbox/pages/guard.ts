// The pages show secrets and change things, and every web page that the developer has open could ask this machine
// for them: under a name that it has made point here, or by a form that it sends off.

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Keeps other sites out. */
export class Guard {
  /** Has to be in every form; cannot be known to another site. */
  readonly token: string = crypto.randomUUID();
  readonly #host: string;

  /** @param apiUrl Where the pages are. */
  constructor(apiUrl: string) {
    this.#host = new URL(apiUrl).hostname;
  }

  /** Why a request is not answered, whatever it asks for, or null. */
  refusal(request: Request): string | null {
    const { hostname } = originOf(request);
    if (LOOPBACK.has(hostname) || hostname === this.#host) return null;
    return "The pages of the sandbox are not to be had under this name";
  }

  /** Why a form is not carried out, or null. */
  refusalOfForm(request: Request, form: URLSearchParams): string | null {
    const origin = request.headers.get("origin");
    const site = request.headers.get("sec-fetch-site");
    const isForeign =
      (origin !== null && origin !== originOf(request).origin) ||
      (site !== null && site !== "same-origin");
    if (isForeign) return "The form comes from another site";
    return form.get("token") === this.token ? null : "The form is not one of this sandbox's pages";
  }
}

/** Where the browser thinks that it is. */
function originOf(request: Request): URL {
  const url = new URL(request.url);
  const host = request.headers.get("host");
  const address = `${url.protocol}//${host}`;
  return host !== null && URL.canParse(address) ? new URL(address) : url;
}
