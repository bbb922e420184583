/** A server's certificate, its key, and the authority of its clients: read from files, and checked before use. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { IpftraceError, messageOf } from "../errors.js";

/** PEM files. */
export interface TlsFiles {
  /** The server's certificate, then those between it and the authority that its clients know. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities whose certificates clients may show. */
  readonly clientAuthority: string;
}

/** What can be served. */
export interface Certificates {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly clientAuthority: Buffer;
  /** When the first of the certificates in the chain expires, ms since 1970. */
  readonly notAfterMs: number;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws IpftraceError INVALID_INPUT that names the file, and says what is wrong with it. */
export async function readCertificates(files: TlsFiles, nowMs: number): Promise<Certificates> {
  const [certificate, key, clientAuthority] = (await Promise.all(
    [files.certificate, files.key, files.clientAuthority].map(readPem),
  )) as [Buffer, Buffer, Buffer];
  const chain = parseCertificates(certificate, files.certificate);
  const authorities = parseCertificates(clientAuthority, files.clientAuthority);
  checkKey(chain[0] as X509Certificate, parseKey(key, files.key), files);
  for (const one of chain) checkTime(one, files.certificate, nowMs);
  for (const one of authorities) checkAuthority(one, files.clientAuthority);
  try {
    createSecureContext({ cert: certificate, key, ca: clientAuthority });
  } catch (reason) {
    throw fault(files.certificate, `cannot be served: ${messageOf(reason)}`);
  }
  return {
    certificate,
    key,
    clientAuthority,
    notAfterMs: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (reason) {
    throw fault(path, `cannot be read: ${messageOf(reason)}`);
  }
}

function parseCertificates(pem: Buffer, path: string): X509Certificate[] {
  const texts = pem.toString("latin1").match(PEM_CERTIFICATE) ?? [];
  if (texts.length === 0) throw fault(path, "has no certificate: it needs PEM, -----BEGIN CERTIFICATE-----");
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch (reason) {
    throw fault(path, `has a certificate that cannot be read: ${messageOf(reason)}`);
  }
}

function parseKey(pem: Buffer, path: string): KeyObject {
  if (pem.includes("ENCRYPTED")) throw fault(path, "is encrypted: give a key without a passphrase");
  try {
    return createPrivateKey(pem);
  } catch (reason) {
    throw fault(path, `has no private key: ${messageOf(reason)}`);
  }
}

function checkKey(leaf: X509Certificate, key: KeyObject, files: TlsFiles): void {
  if (leaf.checkPrivateKey(key)) return;
  throw fault(files.key, `is not the key of the first certificate in ${files.certificate}`);
}

function checkTime({ subject, validFrom, validTo }: X509Certificate, path: string, nowMs: number): void {
  const name = subject.replaceAll("\n", ", ");
  if (Date.parse(validTo) < nowMs) throw fault(path, `"${name}" has expired at ${validTo}: renew it`);
  if (Date.parse(validFrom) > nowMs) throw fault(path, `"${name}" is not valid before ${validFrom}: mind the clock`);
}

function checkAuthority({ ca, subject }: X509Certificate, path: string): void {
  if (ca) return;
  throw fault(
    path,
    `"${subject.replaceAll("\n", ", ")}" is not an authority: give the certificate that signs those of clients`,
  );
}

function fault(path: string, what: string): IpftraceError {
  return IpftraceError.invalid([{ field: path, description: what }]);
}
