import type { Pages } from "../pages/shared/context.ts";
import { BASE, headersFor, plain } from "../pages/shared/layout.ts";

/** What the pages of Link UI need, which are protected by the link token in their address. */
const ASSETS: ReadonlySet<string> = new Set([`${BASE}/link.css`, `${BASE}/link.js`]);

const ASK = `This sandbox can be reached from other machines, so its pages ask for a token.
Open the address that it has printed on its terminal, with "?token=" in it.`;

/**
 * Lets only those to the workbench who know a token, for a sandbox that other machines reach. It comes in the URL of the
 * first visit and is kept in a cookie. A site whose name resolves to this machine has no such cookie, so that the pages
 * may have any name.
 */
export class PageAccess {
  /** A secret that is made with each start. */
  readonly token: string = crypto.randomUUID();
  readonly #cookieName: string;

  /** @param port Cookies are shared between the ports of a host. */
  constructor(port: number | string) {
    this.#cookieName = `enode-sandbox-${port}`;
  }

  /** The pages, which ask for the token. */
  guard(pages: Pages): Pages {
    return (request) => {
      const { pathname } = new URL(request.url);
      const isWorkbench = pathname === "/" || pathname.startsWith(`${BASE}/`);
      const refusal = isWorkbench && !ASSETS.has(pathname) ? this.#check(request) : undefined;
      return refusal === undefined ? pages(request) : Promise.resolve(refusal);
    };
  }

  /** The answer to somebody who does not know the token, or who comes with it for the first time; else undefined. */
  #check(request: Request): Response | undefined {
    const address = new URL(request.url);
    const given = address.searchParams.get("token");
    if (given === null) return this.#hasCookie(request) ? undefined : plain(401, ASK);
    if (!isEqual(given, this.token) || request.method !== "GET") return plain(401, ASK);
    // Out of the address, which stays in the history and in copies of it.
    address.searchParams.delete("token");
    const headers = headersFor("text/plain; charset=utf-8");
    headers.set("location", address.pathname + address.search);
    headers.set(
      "set-cookie",
      `${this.#cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`,
    );
    return new Response(null, { status: 303, headers });
  }

  #hasCookie(request: Request): boolean {
    const cookies = request.headers.get("cookie")?.split(/; */) ?? [];
    return cookies.some((cookie) => isEqual(cookie, `${this.#cookieName}=${this.token}`));
  }
}

/** Compares in a time that does not depend on where the texts differ. */
function isEqual(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let at = 0; at < expected.length; at += 1) {
    difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  }
  return difference === 0;
}
