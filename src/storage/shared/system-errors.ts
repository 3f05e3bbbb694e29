const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at its address",
  ECONNRESET: "the connection was cut off",
  EPIPE: "the connection was cut off",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  ENOTFOUND: "its host name was not found",
  EAI_AGAIN: "its host name could not be looked up",
  ETIMEDOUT: "it did not answer in time",
};

/** What a code of the system or of TLS says about a server. The messages of such errors hold its address. */
export function unreachable(server: string, code: string): string {
  const reason = Object.hasOwn(reasons, code) ? `: ${reasons[code]}` : "";
  return `${server} could not be reached${reason} (${code}).`;
}
