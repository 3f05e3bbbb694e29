import type { PagesContext } from "../shared/context.ts";
import { page } from "../shared/layout.ts";
import type { Connection } from "./connection.ts";
import { returnAddress } from "./return-address.ts";
import { endView } from "./views/ends.ts";
import { deviceCount, listOf } from "./views/words.ts";

/** A link session, which may be over. */
export type Session = NonNullable<ReturnType<PagesContext["links"]["find"]>>;

const DEAD_ENDS: Readonly<Record<string, readonly [title: string, explanation: string]>> = {
  unknown: ["Unknown link", "No link session has this address. Ask the app for a new link."],
  used: [
    "Link already used",
    "A link session is good for one account. Ask the app for a new link to connect another.",
  ],
  ended: ["Link ended", "The user of this link session was removed or deauthorised."],
  expired: ["Link expired", "A link session lives for 24 hours. Ask the app for a new link."],
};

// Enode documents the parameters, but not their values.
const LEFT = {
  error: "user_exited",
  error_message: "The user left Link UI before an account was connected",
} as const;

/** The user has connected an account: the browser goes to the app. */
export function connected(
  session: Session,
  { vendorName, deviceCount: count }: Connection,
): Response {
  const title = `${vendorName} is connected`;
  return jump(session, { title, text: `The account has ${deviceCount(count)}.`, outcome: {} });
}

/** The user has left: the browser goes to the app, which learns why. */
export function left(session: Session, path: string): Response {
  const text = "You left before an account was connected.";
  return jump(session, { title: "Nothing was connected", text, outcome: LEFT, goOn: path });
}

/** The session cannot be used; `connection` is what was connected with it here. */
export function deadEnd(session: Session | undefined, connection?: Connection): Response {
  const state = session?.state ?? "unknown";
  const [title, explanation] = DEAD_ENDS[state] ?? [state, ""];
  const text =
    connection === undefined
      ? explanation
      : `${connection.vendorName} is connected. ${explanation}`;
  const app = session && appOf(session, state === "used" ? {} : LEFT);
  const main = endView({ title, text, app });
  const colorScheme = session?.presentation.colorScheme ?? "system";
  return page({ title, main, kind: "link", status: state === "unknown" ? 404 : 410, colorScheme });
}

/** The vendor of the session has nothing that the session asks for. */
export function nothingHere(session: Session, vendor: string): Response {
  const title = "Nothing to connect";
  const text = `The sandbox has no ${listOf(session.kinds)} of ${vendor}.`;
  const main = endView({ title, text, app: appOf(session, LEFT) });
  const { colorScheme = "system" } = session.presentation;
  return page({ title, main, kind: "link", status: 404, colorScheme });
}

interface Jump {
  readonly title: string;
  readonly text: string;
  /** What the app learns. */
  readonly outcome: Readonly<Record<string, string>>;
  readonly goOn?: string;
}

/**
 * A page that leads to the app at once. It stays where the browser cannot go on, as with the scheme of an app that this
 * machine does not have; else the app takes its place, so that Back leads to what was before it.
 */
function jump(session: Session, { outcome, ...end }: Jump): Response {
  const app = appOf(session, outcome);
  const { colorScheme = "system" } = session.presentation;
  const main = endView({ ...end, app, isOutcome: true });
  const answer = page({ title: end.title, main, kind: "link", colorScheme });
  if (app !== undefined) answer.headers.set("refresh", `0;url=${app.href}`);
  return answer;
}

function appOf(
  { presentation }: Session,
  outcome: Readonly<Record<string, string>>,
): URL | undefined {
  const address = returnAddress(presentation.redirectUri);
  for (const [name, value] of Object.entries(outcome)) address?.searchParams.set(name, value);
  return address;
}
