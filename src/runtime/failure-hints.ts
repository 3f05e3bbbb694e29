// Loaded when a request has failed for a reason that only the host can change. Texts only: code shared with the
// client would become a chunk of its own in the bundles of apps.

/** What to do about a failed TLS handshake. */
export const tlsHint =
  "This runtime does not trust or understand what answers. Behind a company's proxy let the runtime know its certificate authority (NODE_EXTRA_CA_CERTS=ca.pem, --use-system-ca for the system's own, or the option ca of undiciTransport); otherwise check that the host name of the address is right, and this machine's clock. A server that asks for a certificate gets it by the options cert and key of undiciTransport.";

/** What to do about an error of a `fetch` function, or an invalid URL. */
export const fetchHint =
  "It is no failure of the network but one of the function given as fetch, or of what wraps the global one.";

/** What to do about the `fetch` of another implementation. */
export const foreignFetchHint =
  "The function given as fetch belongs to an implementation that cannot take this runtime's Request. Hand on the address and the second argument: fetch: (request, init) => undici.fetch(request.url, { ...init, dispatcher }).";
