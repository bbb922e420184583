/** The name of a client by its certificate. */
import type { PeerCertificate } from "node:tls";
import { IpftraceError } from "../errors.js";

/** What is read of a certificate. */
export type NamedCertificate = Pick<PeerCertificate, "subject" | "subjectaltname" | "valid_to">;

/**
 * The first URI of the certificate's subjectAltName, else its first DNS name, else its common name (CN).
 *
 * @throws IpftraceError UNAUTHENTICATED for none, and for a certificate that has expired since it was shown.
 */
export function nameOf(certificate: NamedCertificate | undefined, nowMs: number): string {
  if (certificate === undefined) throw refused("the client showed no certificate");
  if (Date.parse(certificate.valid_to) < nowMs) {
    throw refused(`the client's certificate has expired at ${certificate.valid_to}: renew it, and connect again`);
  }
  const names = alternativeNames(certificate.subjectaltname ?? "");
  const found = names.find(({ kind }) => kind === "URI") ?? names.find(({ kind }) => kind === "DNS");
  const name = found?.value ?? commonName(certificate);
  if (name === undefined || name === "") {
    throw refused("the client's certificate has no name: it needs a URI or a DNS name in subjectAltName, or one CN");
  }
  return name;
}

/** An authority that checks URIs may not check what is written into a CN: it must not pass for a URI. */
function commonName({ subject }: NamedCertificate): string | undefined {
  // Node gives several as a list, whatever its types say.
  const name: unknown = subject?.CN;
  return typeof name === "string" && !name.includes("://") ? name : undefined;
}

interface AlternativeName {
  readonly kind: string;
  readonly value: string;
}

/** One name as Node writes it: `DNS:a.b`, or `URI:"a, b"` where the value could be taken for more than one. */
const NAME = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** Names in the form of Node's `subjectaltname`; none of a text that is not wholly in this form. */
function alternativeNames(text: string): AlternativeName[] {
  const names: AlternativeName[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < text.length) {
    const [, kind, value] = NAME.exec(text) ?? [];
    if (kind === undefined || value === undefined) return [];
    names.push({ kind, value: value.startsWith('"') ? String(JSON.parse(value)) : value });
  }
  return names;
}

function refused(message: string): IpftraceError {
  return new IpftraceError("UNAUTHENTICATED", message);
}
