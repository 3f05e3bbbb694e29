import { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { invalidOption } from "../errors/configuration.ts";
import type { UndiciTransportOptions } from "./options.ts";

/**
 * What connections trust and show; undefined for what Node does by itself. Made once: it holds some 150 certificates.
 *
 * @throws ConfigurationError for what is no certificate or key, which is never quoted.
 */
export function secureContextOf({
  ca,
  cert,
  key,
}: Pick<UndiciTransportOptions, "ca" | "cert" | "key">): tls.SecureContext | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw invalidOption(cert === undefined ? "cert" : "key", "cert and key go together.");
  }
  const authorities = [ca ?? []].flat().map(authoritiesIn);
  const own = {
    ...(cert !== undefined && { cert: pem("cert", cert, "CERTIFICATE") }),
    ...(key !== undefined && { key: pem("key", key, "PRIVATE KEY") }),
  };
  try {
    return tls.createSecureContext({
      ...own,
      // Node takes them in place of its own.
      ...(authorities.length > 0 && { ca: [...trustedByNode(), ...authorities] }),
    });
  } catch {
    // Without the cause: OpenSSL may quote what it could not read.
    throw invalidOption(
      "cert",
      "cert or key is damaged, the key is encrypted, or they do not belong together.",
    );
  }
}

/** Node passes over authorities that it cannot read, so that they would be missed only by failing handshakes. */
function authoritiesIn(value: unknown): string {
  const text = pem("ca", value, "CERTIFICATE");
  const blocks = text.split(beginning).slice(1);
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw invalidOption("ca", "ca has a certificate that is damaged.");
  }
  return text;
}

const beginning = "-----BEGIN CERTIFICATE-----";

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(beginning + block) !== undefined;
  } catch {
    return false;
  }
}

function pem(parameter: string, value: unknown, kind: string): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  if (typeof text === "string" && new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    return text;
  }
  throw invalidOption(
    parameter,
    `${parameter} must be the text or the bytes of a PEM file (-----BEGIN ${kind}-----), not its path.`,
  );
}

function trustedByNode(): readonly string[] {
  // Also those of NODE_EXTRA_CA_CERTS and --use-system-ca, in Node 22.15 or newer.
  return tls.getCACertificates?.("default") ?? tls.rootCertificates;
}
