import { placeholders } from "../../../shared/redaction.ts";

const encoder = new TextEncoder();

// Apart from the newline, which a terminal takes as it is. Among the others are those that end a paste.
const CONTROL = /(?!\n)\p{Cc}/u;

/** Between the placeholders of a text, which are kept. */
const PLACEHOLDERS = new RegExp(
  `(${Object.values(placeholders)
    .map((name) => name.replace("$", "\\$"))
    .join("|")})`,
);

/**
 * Quotes a text as one word of a command line, for bash, zsh and ksh. Control characters are escaped: a terminal would
 * obey them when the line is pasted. Variables in place of secrets, see `placeholders`, are filled by the shell.
 */
export function shellQuote(text: string): string {
  const parts = text
    .split(PLACEHOLDERS)
    .map((part, at) => (at % 2 === 1 ? `"${part}"` : quote(part)));
  return parts.join("") || "''";
}

function quote(text: string): string {
  if (text === "") return "";
  return CONTROL.test(text) ? ansiQuote(text) : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** In bytes, which mean the same in every locale. */
function ansiQuote(text: string): string {
  const escaped = text.replace(/[\p{Cc}'\\]/gu, (character) =>
    Array.from(
      encoder.encode(character),
      (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
    ).join(""),
  );
  // A digit that follows is no part of an escape: each has two digits at most.
  return `$'${escaped}'`;
}
