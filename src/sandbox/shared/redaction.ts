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

/** Whether a header lacks a part of its value, so that it cannot be sent again: nothing that was sent holds the sign. */
export function isShortened(value: string): boolean {
  return value.includes("…");
}

/** Says more about an access token, such as how long it is valid; null when nothing is known. */
export type TokenRemark = (token: string) => string | null;

/** Members and fields that hold a secret, in lower case and without underscores. */
const SECRETS: ReadonlySet<string> = new Set([
  "secret",
  "headervalue",
  "accesstoken",
  "clientsecret",
  "linktoken",
  "linkurl",
]);
// Members of JSON with their values; a name may be written with escapes. The last value of a text may be cut off.
const MEMBER = /("((?:[^"\\]|\\.){1,64})"\s*:\s*(?:\[\s*)?")((?:[^"\\]|\\.)*)/g;
/** A field of a form or of a query. */
const FIELD = /(^|[&?])([^=&?\s]{1,100})=[^&\s]*/g;
/** A part of a multipart form: the value is between its empty line and the next boundary. */
const FORM_PART = /(name="?client_?secret"?[\s\S]*?\r?\n\r?\n)[\s\S]*?(?=\r?\n--|$)/gi;
/** What looks like a member or a field, in a text that is neither JSON nor a form. */
const LOOSE =
  /\b((secret|headerValue|access_?token|client_?secret|linkToken)\b[\\"']{0,4}\s*[:=]\s*[\\"']{0,4})(?!\$ENODE_)([^\s\\"'&,;}…]+)(?!…)/gi;
/** What every text with a secret holds: one search for it costs a tenth of what the patterns cost. */
const TRACE = /secret|headerValue|access_?token|linkToken|linkUrl|\/link\/|\\u00|%[4-7]/i;
/** Link tokens are long, other things by that path are not. */
const LINK = /(\/link\/)\w{32,}/g;
const LINK_PAGE = /^(\/link\/)[^/?#]+/;

/**
 * A body without its secrets, whole or cut. Members are found by their names wherever they stand, as a body that is not
 * valid JSON may hold a secret too.
 */
export function withoutSecrets(body: string): string {
  if (!TRACE.test(body)) return body;
  const text = withoutFields(body)
    .replace(MEMBER, (member, before: string, name: string, value: string) => {
      const plain = plainName(name.includes("\\") ? unescaped(name) : name);
      return SECRETS.has(plain) ? before + inPlace(plain, value) : member;
    })
    .replace(FORM_PART, (_, before: string) => before + placeholders.clientSecret)
    .replace(LINK, (_, before: string) => before + placeholders.linkToken);
  if (holdsMembers(body)) return text;
  return text.replace(
    LOOSE,
    (_, before: string, name: string, value: string) => before + inPlace(plainName(name), value),
  );
}

/** A path with its query, without secrets. */
export function addressWithoutSecrets(address: string): string {
  return withoutFields(address)
    .replace(LINK_PAGE, (_, before: string) => before + placeholders.linkToken)
    .replace(LINK, (_, before: string) => before + placeholders.linkToken);
}

function withoutFields(text: string): string {
  return text.replace(FIELD, (field, before: string, name: string) => {
    const plain = plainName(decoded(name));
    return SECRETS.has(plain) ? `${before}${name}=${inForm(plain)}` : field;
  });
}

/** Whether a text is a whole object or list of JSON, whose members are found for certain. */
function holdsMembers(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function plainName(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function unescaped(name: string): string {
  try {
    return String(JSON.parse(`"${name}"`));
  } catch {
    return name;
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Headers in the order of their names; of tokens and passwords only what tells them apart. */
export function headersWithoutSecrets(
  headers: Headers,
  remark: TokenRemark = () => null,
): (readonly [name: string, value: string])[] {
  return Array.from(headers, ([name, value]) => {
    if (lacksSecrets(value)) return [name, value];
    if (name === "cookie" || name === "set-cookie") return [name, "…"];
    const isAuthorization = name === "authorization" || name === "proxy-authorization";
    if (isAuthorization) return [name, authorization(value, remark)];
    return [name, KEY_HEADER.test(name) ? shortened(value) : withoutSecrets(value)];
  });
}

/** Headers by which programs send keys, be it to the wrong server. */
const KEY_HEADER = /(?:^|-)(?:api-?key|token|secret|password)$/;

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
    const [user = "", ...secret] = atob(encoded).split(":");
    return secret.length > 0 ? user : "…";
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
  if (name === "headervalue") return placeholders.webhookHeader;
  if (name === "clientsecret") return placeholders.clientSecret;
  if (name === "linktoken") return placeholders.linkToken;
  if (name === "linkurl") return value.replace(/[^/]*$/, () => placeholders.linkToken);
  return shortened(value);
}

/** A field has no quotes that tell where a shortened value ends. */
function inForm(name: string): string {
  return name === "accesstoken" ? placeholders.accessToken : inPlace(name, "");
}
