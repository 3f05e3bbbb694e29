/**
 * What stands in a recording in place of a secret that was sent: the environment variables of a program, so that a copy
 * of a request works in a shell that has them.
 */
export const placeholders = {
  accessToken: "$ENODE_ACCESS_TOKEN",
  clientSecret: "$ENODE_CLIENT_SECRET",
  webhookSecret: "$ENODE_WEBHOOK_SECRET",
  webhookHeader: "$ENODE_WEBHOOK_HEADER",
  linkToken: "$ENODE_LINK_TOKEN",
} as const;

/** Whether a secret was left out of this text. */
export function lacksSecrets(text: string): boolean {
  return Object.values(placeholders).some((placeholder) => text.includes(placeholder));
}

/** Says more about an access token, such as how long it is valid; null when nothing is known. */
export type TokenRemark = (token: string) => string | null;

// Members of JSON with their values. The last value of a text may be cut off.
const MEMBER =
  /("(secret|headerValue|access_token|client_secret|linkToken|linkUrl)"\s*:\s*")((?:[^"\\]|\\.)*)/g;
const FORM_SECRET = /(^|[&?])(client_secret|access_token)=[^&\s]*/g;
/** A part of a multipart form: the value is between its empty line and the next boundary. */
const FORM_PART = /(name="client_secret"[\s\S]*?\r?\n\r?\n)[\s\S]*?(?=\r?\n--|$)/g;
/** What every text with a secret holds: one search for it costs a tenth of what the patterns cost. */
const TRACE = /secret|headerValue|access_token|linkToken|linkUrl|\/link\//;
/** Link tokens are long, other things by that path are not. */
const LINK = /(\/link\/)\w{32,}/g;
const LINK_PAGE = /^(\/link\/)[^/?#]+/;

/**
 * A body without its secrets, whole or cut. Members are found by their names wherever they stand, as a body that is not
 * valid JSON may hold a secret too.
 */
export function withoutSecrets(body: string): string {
  if (!TRACE.test(body)) return body;
  return body
    .replace(
      MEMBER,
      (_, before: string, name: string, value: string) => before + inPlace(name, value),
    )
    .replace(FORM_SECRET, (_, before: string, name: string) => `${before}${name}=${inForm(name)}`)
    .replace(FORM_PART, (_, before: string) => before + placeholders.clientSecret)
    .replace(LINK, (_, before: string) => before + placeholders.linkToken);
}

/** A path with its query, without secrets. */
export function addressWithoutSecrets(address: string): string {
  return address
    .replace(LINK_PAGE, (_, before: string) => before + placeholders.linkToken)
    .replace(FORM_SECRET, (_, before: string, name: string) => `${before}${name}=${inForm(name)}`);
}

/** Headers in the order of their names; of tokens and passwords only what tells them apart. */
export function headersWithoutSecrets(
  headers: Headers,
  remark: TokenRemark = () => null,
): (readonly [name: string, value: string])[] {
  return Array.from(headers, ([name, value]) => {
    if (name === "cookie" || name === "set-cookie") return [name, "…"];
    const isAuthorization = name === "authorization" || name === "proxy-authorization";
    return [name, isAuthorization ? authorization(value, remark) : value];
  });
}

function authorization(value: string, remark: TokenRemark): string {
  const [, scheme = "", rest = ""] = /^(\S*)\s*(.*)$/.exec(value) ?? [];
  if (/^basic$/i.test(scheme)) return `${scheme} ${userOf(rest)}:${placeholders.clientSecret}`;
  // What has no scheme may be a token by mistake.
  if (rest === "") return shortened(scheme);
  const more = /^bearer$/i.test(scheme) ? remark(rest) : null;
  return `${scheme} ${shortened(rest)}${more === null ? "" : ` (${more})`}`;
}

function userOf(encoded: string): string {
  try {
    return atob(encoded).split(":")[0] ?? "";
  } catch {
    return "…";
  }
}

/** The first characters, which tell one token from another. */
function shortened(secret: string): string {
  return `${secret.slice(0, Math.min(4, secret.length >> 2))}…`;
}

function inPlace(name: string, value: string): string {
  if (name === "secret") return placeholders.webhookSecret;
  if (name === "headerValue") return placeholders.webhookHeader;
  if (name === "client_secret") return placeholders.clientSecret;
  if (name === "linkToken") return placeholders.linkToken;
  if (name === "linkUrl") return value.replace(/[^/]*$/, () => placeholders.linkToken);
  return shortened(value);
}

function inForm(name: string): string {
  return name === "client_secret" ? placeholders.clientSecret : placeholders.accessToken;
}
