// What every answer and every form needs, whatever the app does.
import type { RequestHandler } from "express";

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers that keep foreign code out of the pages. */
export const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    // With `no-referrer` a browser would send the app's own forms with a null origin.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  });
  next();
};

/** Refuses forms that another site sends in the name of a user. Browsers put the origin into each POST. */
export const sameOrigin: RequestHandler = (request, response, next) => {
  const origin = request.get("origin");
  const isOwn = URL.canParse(origin ?? "") && new URL(origin ?? "").host === request.get("host");
  if (request.method === "GET" || request.method === "HEAD" || isOwn) return next();
  response.status(403).type("text").send("This form comes from another site.");
};
