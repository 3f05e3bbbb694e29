// The pages change the sandbox, and every web page that the developer has open could send a form to this machine. The
// server checks the host, so that no page under another name can read them.

/** Distinguishes forms of the pages from those of other sites. */
export class CsrfGuard {
  /** A secret that every form must contain. */
  readonly token: string = crypto.randomUUID();

  /** Why a form is refused, or null. */
  refusal(request: Request, form: URLSearchParams): string | null {
    const origin = request.headers.get("origin");
    const site = request.headers.get("sec-fetch-site");
    const isForeign =
      (origin !== null && origin !== originOf(request)) ||
      (site !== null && site !== "same-origin");
    if (isForeign) return "The form comes from another site";
    return form.get("token") === this.token ? null : "The form is not one of this sandbox's pages";
  }
}

/** The origin from the browser's point of view. */
function originOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  return `${protocol}//${request.headers.get("host") ?? host}`;
}
