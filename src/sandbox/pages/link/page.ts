import type { Vendor } from "../../../../generated/types.ts";
import type { PagesContext } from "../shared/context.ts";
import type { CsrfGuard } from "../shared/csrf.ts";
import { goTo, page, plain } from "../shared/layout.ts";
import { returnAddress } from "./return-address.ts";
import { devicesOfAccount, TEST_ACCOUNTS, type TestAccount } from "./test-accounts.ts";
import { vendorChoices } from "./vendor-choices.ts";
import {
  codeView,
  consentView,
  deadEndView,
  doneView,
  type LinkView,
  signInView,
  type VendorChoice,
  vendorsView,
} from "./views.ts";

type Session = NonNullable<ReturnType<PagesContext["links"]["find"]>>;

const DEAD_ENDS: Readonly<Record<string, readonly [title: string, explanation: string]>> = {
  unknown: ["Unknown link", "No link session has this address. Ask the app for a new link."],
  used: [
    "Link already used",
    "A link session is good for one account. Ask the app for a new link to connect another.",
  ],
  ended: ["Link ended", "The user of this link session was removed or deauthorised."],
  expired: ["Link expired", "A link session lives for 24 hours. Ask the app for a new link."],
};

/** The simulated Link UI: vendor, consent, sign-in, and return to the app. */
export class LinkPages {
  readonly #context: PagesContext;
  readonly #guard: CsrfGuard;

  constructor(context: PagesContext, guard: CsrfGuard) {
    this.#context = context;
    this.#guard = guard;
  }

  async answer(request: Request, linkToken: string): Promise<Response> {
    const session = this.#context.links.find(linkToken);
    if (session?.state !== "open") return deadEnd(session);
    const { searchParams } = new URL(request.url);
    if (request.method !== "POST") return this.#show(session, linkToken, searchParams);
    const form = new URLSearchParams(await request.text());
    const refusal = this.#guard.refusal(request, form);
    if (refusal !== null) return plain(403, refusal);
    return this.#take(session, linkToken, form);
  }

  /** Shows the step that the query selects. */
  #show(session: Session, linkToken: string, query: URLSearchParams): Response {
    const view = this.#view(session, linkToken);
    const choices = vendorChoices(session);
    const wanted = session.vendor ?? query.get("vendor");
    const vendor = choices.find((choice) => choice.vendor === wanted);
    const search = query.get("q") ?? "";
    if (vendor === undefined) {
      if (session.vendor !== undefined) return nothingHere(session.vendor, view);
      return show(session, "Choose a brand", vendorsView(view, choices, search));
    }
    if (query.get("consent") !== "given") {
      const title = `Share data of your ${vendor.name} account`;
      const back = session.vendor === undefined;
      return show(session, title, consentView(view, vendor, back));
    }
    return show(session, `Sign in to ${vendor.name}`, signInView(view, vendor));
  }

  async #take(session: Session, linkToken: string, form: URLSearchParams): Promise<Response> {
    const view = this.#view(session, linkToken);
    if (form.get("step") === "exit") {
      return leave(session, "Nothing was connected", "You may close this page.", {
        error: "user_exited",
        error_message: "The user left Link UI before an account was connected",
      });
    }
    const vendor = vendorChoices(session).find((each) => each.vendor === form.get("vendor"));
    const account = TEST_ACCOUNTS.find(({ id }) => id === form.get("account"));
    if (vendor === undefined || account === undefined || form.get("consent") !== "given") {
      return plain(400, "The form lacks the vendor, the consent or the account");
    }
    if (account.id === "wrong-password") {
      const message = `${vendor.name} does not know this email address and password.`;
      return show(session, `Sign in to ${vendor.name}`, signInView(view, vendor, message), 422);
    }
    if (account.id === "two-factor") {
      const code = form.get("code");
      const isGood = code !== null && /^\d{6}$/.test(code.trim());
      if (!isGood) {
        const message = code === null ? null : "The code has to be six digits.";
        const title = `Confirm your ${vendor.name} account`;
        return show(session, title, codeView(view, vendor, message), code === null ? 200 : 422);
      }
    }
    return this.#complete(session, linkToken, vendor, account);
  }

  async #complete(
    session: Session,
    linkToken: string,
    { vendor, name }: VendorChoice,
    account: TestAccount,
  ): Promise<Response> {
    // The choices are vendors of the sandbox.
    const completion = { vendor: vendor as Vendor, ...devicesOfAccount(account.id) };
    const devices = await this.#context.sandbox.completeLink(linkToken, completion);
    const count = devices.length === 1 ? "1 device" : `${devices.length} devices`;
    return leave(session, `${name} is connected`, `The account has ${count}.`, {});
  }

  #view({ kinds, scopes, userId }: Session, linkToken: string): LinkView {
    return { path: `/link/${linkToken}`, token: this.#guard.token, kinds, scopes, userId };
  }
}

function show(session: Session, title: string, main: ReturnType<typeof codeView>, status = 200) {
  const { redirectUri, colorScheme = "system" } = session.presentation;
  const leadsTo = returnAddress(redirectUri)?.protocol;
  return page({
    title,
    main,
    kind: "link",
    status,
    colorScheme,
    ...(leadsTo !== undefined && { leadsTo }),
  });
}

/** Redirects the browser to the app; shows the outcome when there is no address to return to. */
function leave(
  session: Session,
  title: string,
  text: string,
  outcome: Readonly<Record<string, string>>,
): Response {
  const address = returnAddress(session.presentation.redirectUri);
  if (address === undefined) return show(session, title, doneView(title, text));
  for (const [name, value] of Object.entries(outcome)) address.searchParams.set(name, value);
  return goTo(address.href);
}

function deadEnd(session: Session | undefined): Response {
  const state = session?.state ?? "unknown";
  const [title, explanation] = DEAD_ENDS[state] ?? [state, ""];
  const main = deadEndView(title, explanation);
  const colorScheme = session?.presentation.colorScheme ?? "system";
  return page({ title, main, kind: "link", status: state === "unknown" ? 404 : 410, colorScheme });
}

function nothingHere(vendor: string, view: LinkView): Response {
  const title = "Nothing to connect";
  const asked = view.kinds.join(", ");
  const main = deadEndView(title, `The sandbox has no devices of ${vendor} of the kind ${asked}.`);
  return page({ title, main, kind: "link", status: 404 });
}
