import { type ErrorLike, isErrorLike } from "../errors/error-like.ts";

/** What is certain about a request that failed without an answer. */
export interface ConnectionFailure {
  /** Whether nothing was sent, so that even a command may be sent again. */
  readonly beforeSend: boolean;
  /** Why a retry would fail as well; undefined when it may succeed. */
  readonly lasting?: "tls" | "url";
}

/** Most causes to follow, as they may be circular. */
const maxDepth = 5;

/** Codes of failures to connect only, in Node and Bun. */
const connecting = /^UND_ERR_CONNECT_T|^ERR_TLS_HANDSHAKE|^ConnectionRefused$|^FailedToOpenSocket$/;
/** Codes that prove it unless another system call is named: a live connection can end with ECONNREFUSED. */
const connectingAlone = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;
const connectCalls = /^(connect|getaddrinfo|query\w*)$/;

/** Codes of untrusted certificates and failed handshakes. Neither changes by itself. */
const tlsCodes =
  /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|^ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE_F|PACKET_LENGTH|UNKNOWN_CA|_NAME)/;

/**
 * Classifies the failure of a request. A reset proves nothing: the server may have acted before it died. Neither
 * does an unreachable host, unless connecting to it failed.
 */
export function classifyFailure(error: unknown, depth = 0): ConnectionFailure {
  if (!isErrorLike(error) || depth >= maxDepth) return { beforeSend: false };
  const { message, syscall, errors, name, cause } = error;
  // A transport knows it of each request.
  if (name === "RequestNotSent") {
    return { ...classifyFailure(cause, depth + 1), beforeSend: true };
  }
  const code = String(error.code);
  // Deno sets no code: "client error (Connect): invalid peer certificate: UnknownIssuer".
  const deno = message.includes("client error (Connect)");
  if (code === "ERR_INVALID_URL") return { beforeSend: true, lasting: "url" };
  if (tlsCodes.test(code) || (deno && message.includes("certificate"))) {
    return { beforeSend: true, lasting: "tls" };
  }
  if (Array.isArray(errors) && errors.length > 0) {
    // There is one error for each address.
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
  return classifyFailure(cause, depth + 1);
}

/** The message of the innermost cause; those of all errors of an AggregateError, such as one per address. */
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
