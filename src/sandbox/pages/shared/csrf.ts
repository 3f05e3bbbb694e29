// The pages change things, and every web page that the developer has open could send a form to this machine. That no
// page under another name reads them is up to the server, which looks at the host.

/** Tells the forms of the pages from those of other sites. */
export class CsrfGuard {
  /** Has to be in every form; cannot be known to another site. */
  readonly token: string = crypto.randomUUID();

  /** Why a form is not carried out, or null. */
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

/** Where the browser thinks that it is. */
function originOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  return `${protocol}//${request.headers.get("host") ?? host}`;
}
