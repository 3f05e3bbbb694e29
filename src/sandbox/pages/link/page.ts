import type { PagesContext } from "../shared/context.ts";
import type { CsrfGuard } from "../shared/csrf.ts";
import type { Html } from "../shared/html.ts";
import { goTo, page, plain } from "../shared/layout.ts";
import { type Connection, connect, connectShared } from "./connection.ts";
import { connected, deadEnd, left, nothingHere, type Session } from "./ends.ts";
import { remainingWait, signIn } from "./sign-in.ts";
import { testAccounts } from "./test-accounts.ts";
import { type VendorChoice, vendorChoices } from "./vendor-choices.ts";
import { brandsView } from "./views/brands.ts";
import { consentTitle, consentView } from "./views/consent.ts";
import { type LinkView, stepAt } from "./views/frame.ts";
import { codeView, devicesView, signInView, waitView } from "./views/sign-in.ts";

/**
 * The simulated Link UI: vendor, consent, sign-in, and return to the app. What the user sends is answered with a
 * redirect to the page that follows, so that Back, Forward and Reload send nothing again.
 */
export class LinkPages {
  readonly #context: PagesContext;
  readonly #guard: CsrfGuard;
  /** What was connected here, by link token. */
  readonly #connections = new Map<string, Connection>();

  constructor(context: PagesContext, guard: CsrfGuard) {
    this.#context = context;
    this.#guard = guard;
  }

  async answer(request: Request, linkToken: string): Promise<Response> {
    const form = request.method === "POST" ? new URLSearchParams(await request.text()) : undefined;
    const session = this.#context.links.find(linkToken);
    const path = `/link/${linkToken}`;
    if (form === undefined) {
      const { searchParams } = new URL(request.url);
      return session?.state === "open"
        ? this.#show(session, path, searchParams)
        : this.#showEnd(session, linkToken, searchParams);
    }
    if (session?.state !== "open") return goTo(path);
    const refusal = this.#guard.refusal(request, form);
    return refusal === null ? this.#take(session, linkToken, form) : plain(403, refusal);
  }

  /** Shows the step that the query selects. */
  #show(session: Session, path: string, query: URLSearchParams): Response {
    if (query.get("step") === "exit") return left(session, path);
    const view = this.#view(session, path);
    const choices = vendorChoices(session);
    const wanted = session.vendor ?? query.get("vendor");
    const vendor = choices.find((choice) => choice.vendor === wanted);
    if (vendor === undefined) {
      if (session.vendor !== undefined) return nothingHere(session, session.vendor);
      const kind = session.kinds.find((each) => each === query.get("kind"));
      const main = brandsView(view, choices, { search: query.get("q") ?? "", kind });
      return show(session, "Choose a brand", main);
    }
    return query.get("consent") === "given"
      ? showSignIn(session, view, vendor, query)
      : show(session, consentTitle(view, vendor), consentView(view, vendor));
  }

  /** Shows a session that is not open. */
  #showEnd(session: Session | undefined, linkToken: string, query: URLSearchParams): Response {
    const connection = this.#connections.get(linkToken);
    const isNews = query.get("result") === "connected";
    return session !== undefined && connection !== undefined && isNews
      ? connected(session, connection)
      : deadEnd(session, connection);
  }

  /** Takes what the user sends, and redirects to the page that follows. */
  #take(session: Session, linkToken: string, form: URLSearchParams): Response {
    const vendor = vendorChoices(session).find((each) => each.vendor === form.get("vendor"));
    const account = accountsOf(session).find(({ id }) => id === form.get("account"));
    if (vendor === undefined || account === undefined || form.get("consent") !== "given") {
      return plain(400, "The form lacks the vendor, the consent or the account");
    }
    const address = (query: Readonly<Record<string, string>>) =>
      stepAt({ path: `/link/${linkToken}` }, query);
    const next = (query: Readonly<Record<string, string>>) =>
      goTo(address({ vendor: vendor.vendor, consent: "given", ...query }));
    const result = signIn(account, vendor, form);
    if ("next" in result) return next(result.next);
    const connection =
      "isShared" in result
        ? connectShared(this.#context, linkToken, session.userId, vendor)
        : connect(this.#context, linkToken, vendor, result.devices);
    if (connection === undefined) return next({ error: account.id });
    this.#connections.set(linkToken, connection);
    return goTo(address({ result: "connected" }));
  }

  #view({ kinds, scopes, userId, vendor, presentation }: Session, path: string): LinkView {
    const { language } = presentation;
    const choosesBrand = vendor === undefined;
    return { path, token: this.#guard.token, kinds, scopes, userId, choosesBrand, language };
  }
}

/** A step of the sign-in, with the error of the one before. */
function showSignIn(
  session: Session,
  view: LinkView,
  vendor: VendorChoice,
  query: URLSearchParams,
): Response {
  const { name } = vendor;
  const error = query.get("error");
  const step = query.get("step");
  if (step === "code") {
    const main = codeView(view, vendor, query.get("code") ?? "", error === "code");
    return show(session, titleOf(`Confirm your ${name} account`, error === "code"), main);
  }
  if (step === "devices") {
    const main = devicesView(view, vendor, error === "devices");
    return show(session, titleOf("Choose devices", error === "devices"), main);
  }
  if (step === "wait") {
    const ready = query.get("ready");
    return show(session, `Waiting for ${name}`, waitView(view, vendor, remainingWait(ready)));
  }
  const accounts = accountsOf(session);
  const message = accounts.find(({ id }) => id === error)?.error?.(name);
  const main = signInView(view, vendor, accounts, message);
  return show(session, titleOf(`Sign in to ${name}`, message !== undefined), main);
}

const accountsOf = ({ scopes }: Session) => testAccounts(scopes === undefined);

/** A title that says first that something is wrong, which is what a screen reader reads first. */
const titleOf = (title: string, isWrong: boolean) => (isWrong ? `Error: ${title}` : title);

function show({ presentation }: Session, title: string, main: Html): Response {
  const { colorScheme = "system" } = presentation;
  return page({ title, main, kind: "link", colorScheme });
}
