import { type ErrorLike, isErrorLike } from "../errors/error-like.ts";

/** What the failure of a request that brought no answer proves. */
export interface ConnectionFailure {
  /** It is certain that nothing was sent, so that even a command may be sent again. */
  readonly beforeSend: boolean;
  /** Why another try would fail as well; undefined when it may succeed. */
  readonly lasting?: "tls" | "url";
}

/** Steps from an error to its causes, which may go round. */
const maxDepth = 5;

/** Codes that only connecting gives, in Node and Bun. */
const connecting = /^UND_ERR_CONNECT_T|^ERR_TLS_HANDSHAKE|^ConnectionRefused$|^FailedToOpenSocket$/;
/** Codes that prove it only where no other system call is named: a live connection can end with ECONNREFUSED. */
const connectingAlone = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;
const connectCalls = /^(connect|getaddrinfo|query\w*)$/;

/** Certificates that are not accepted, and handshakes that come to nothing. Neither changes by itself. */
const tlsCodes =
  /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|^ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE_F|PACKET_LENGTH|UNKNOWN_CA|_NAME)/;

/**
 * What is certain about a request that failed. A reset proves nothing: the server may have acted and
 * died before it answered. Neither does a host that became unreachable, unless it was on connecting.
 */
export function classifyFailure(error: unknown, depth = 0): ConnectionFailure {
  if (!isErrorLike(error) || depth >= maxDepth) return { beforeSend: false };
  const { message, syscall, errors } = error;
  const code = String(error.code);
  // Deno gives no code: "client error (Connect): invalid peer certificate: UnknownIssuer".
  const deno = message.includes("client error (Connect)");
  if (code === "ERR_INVALID_URL") return { beforeSend: true, lasting: "url" };
  if (tlsCodes.test(code) || (deno && message.includes("certificate"))) {
    return { beforeSend: true, lasting: "tls" };
  }
  if (Array.isArray(errors) && errors.length > 0) {
    // One for each address that was tried.
    const each = errors.map((inner) => classifyFailure(inner, depth + 1));
    return each.find(({ beforeSend }) => !beforeSend) ?? each[0] ?? { beforeSend: false };
  }
  if (
    deno ||
    connecting.test(code) ||
    message.includes("before secure TLS") ||
    (syscall === undefined ? connectingAlone.test(code) : connectCalls.test(String(syscall)))
  ) {
    return { beforeSend: true };
  }
  return classifyFailure(error.cause, depth + 1);
}

/** The words of the innermost cause; of several causes side by side, such as one an address, all of them. */
export function innermostMessage(error: Error, depth = 0): string {
  const { message, code, cause, errors, name } = error as Error & ErrorLike;
  if (depth < maxDepth) {
    if (Array.isArray(errors) && errors.length > 0) {
      return errors.map((each) => innermostMessage(each, depth + 1)).join(", ");
    }
    if (isErrorLike(cause)) return innermostMessage(cause, depth + 1);
  }
  return message || (typeof code === "string" ? code : name);
}
