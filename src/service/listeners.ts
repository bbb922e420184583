/** What each address of a server asks of connections, and who those are that come in there. */
import type { ServerCredentials, ServerInterceptor } from "@grpc/grpc-js";
import type { Logger } from "../log.js";
import { refusals } from "../security/audit.js";
import { CertificateWatch } from "../security/certificate-watch.js";
import type { TlsFiles } from "../security/certificates.js";
import { PlainCredentials, TlsCredentials } from "../security/credentials.js";
import { guard, type Identify } from "../security/guard.js";
import { type Identity, identityFinder } from "../security/identities.js";
import { nameOf } from "../security/names.js";
import type { ListenAddress } from "./listen.js";
import { toStatus } from "./status.js";

/** How TCP is encrypted, and who its clients are. */
export interface TlsSettings extends TlsFiles {
  /** In the order in which they are looked up. */
  readonly identities: readonly Identity[];
}

/** The addresses of one server. */
export interface Listeners {
  /** For one of the addresses. */
  credentials(address: ListenAddress): ServerCredentials;
  /** When the server's certificate expires, ms since 1970; undefined without TLS. */
  notAfterMs(): number | undefined;
  /** Looks at the certificates now, rather than within 5 s. */
  look(): Promise<void>;
  close(): void;
}

/**
 * Reads the certificates, if there are any. Calls pass `first`, then the guard of their address.
 *
 * @throws IpftraceError INVALID_INPUT for certificates that cannot be used.
 */
export async function makeListeners(
  log: Logger,
  tls: TlsSettings | undefined,
  first: ServerInterceptor,
): Promise<Listeners> {
  const events = refusals(log);
  const made: TlsCredentials[] = [];
  const watch = tls && (await watchCertificates(tls, log, made));
  const credentials = (address: ListenAddress): ServerCredentials => {
    if (address.kind !== "tls")
      return new PlainCredentials([first, guard(identifyByAddress(address), events, toStatus)]);
    if (tls === undefined || watch === undefined) throw new Error(`${address.target} has no certificates`);
    const credentials = new TlsCredentials([first, guard(identifyByCertificate(tls), events, toStatus)], watch.current);
    made.push(credentials);
    return credentials;
  };
  return {
    credentials,
    notAfterMs: () => watch?.current.notAfterMs,
    look: async () => watch?.look(),
    close: () => watch?.stop(),
  };
}

function watchCertificates(files: TlsFiles, log: Logger, users: readonly TlsCredentials[]): Promise<CertificateWatch> {
  return CertificateWatch.start(files, {
    replaced: (certificates) => {
      for (const user of users) user.replace(certificates);
      log.info({ notAfter: new Date(certificates.notAfterMs).toISOString() }, "new certificates are in use");
    },
    refused: (reason) => log.error({ why: reason.message }, "new certificates cannot be used; the old ones stay"),
  });
}

function identifyByAddress(address: ListenAddress): Identify {
  const role = address.kind === "unix" ? address.role : "reader";
  return () => ({ identity: address.target, role, mandatory: undefined });
}

function identifyByCertificate({ identities }: TlsSettings): Identify {
  const find = identityFinder(identities);
  return (call) => {
    const name = nameOf(call.getAuthContext().sslPeerCertificate, Date.now());
    const { role, mandatory } = find(name);
    return { identity: name, role, mandatory };
  };
}
