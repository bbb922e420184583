/** What each address of a server asks of connections, and who those are that come in there. */
import type { ServerCredentials, ServerInterceptor } from "@grpc/grpc-js";
import type { Logger } from "../log.js";
import { refusals } from "../security/audit.js";
import { CertificateWatch } from "../security/certificate-watch.js";
import type { Certificates, TlsFiles } from "../security/certificates.js";
import { CLIENT_CERTIFICATES, contextOf, PlainCredentials, TlsCredentials } from "../security/credentials.js";
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

/** Settings of node:tls. */
type SecureContext = ReturnType<typeof contextOf>;

/** What takes new certificates while it listens. */
interface CertificateUser {
  replace(certificates: Certificates): void;
}

/** The addresses of one server. */
export interface Listeners {
  /** For one of the addresses. */
  credentials(address: ListenAddress): ServerCredentials;
  /** What every call that comes in at one of the addresses passes, in this order. */
  interceptors(address: ListenAddress): ServerInterceptor[];
  /** How a server that is not grpc-js's encrypts; `replaced` is told of new certificates. */
  secure(replaced: (context: SecureContext) => void): typeof CLIENT_CERTIFICATES & SecureContext;
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
  const users: CertificateUser[] = [];
  const watch = tls && (await watchCertificates(tls, log, users));
  const current = (): Certificates => {
    if (watch === undefined) throw new Error("there are no certificates");
    return watch.current;
  };
  const interceptors = (address: ListenAddress): ServerInterceptor[] => {
    const identify = address.kind === "tls" ? identifyByCertificate(tls) : identifyByAddress(address);
    return [first, guard(identify, events, toStatus)];
  };
  const credentials = (address: ListenAddress): ServerCredentials => {
    if (address.kind !== "tls") return new PlainCredentials(interceptors(address));
    const credentials = new TlsCredentials(interceptors(address), current());
    users.push(credentials);
    return credentials;
  };
  const secure: Listeners["secure"] = (replaced) => {
    users.push({ replace: (certificates) => replaced(contextOf(certificates)) });
    return { ...CLIENT_CERTIFICATES, ...contextOf(current()) };
  };
  return {
    credentials,
    interceptors,
    secure,
    notAfterMs: () => watch?.current.notAfterMs,
    look: async () => watch?.look(),
    close: () => watch?.stop(),
  };
}

function watchCertificates(files: TlsFiles, log: Logger, users: readonly CertificateUser[]): Promise<CertificateWatch> {
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

/** Without settings nobody is known. */
function identifyByCertificate(tls: TlsSettings | undefined): Identify {
  const find = identityFinder(tls?.identities ?? []);
  return (call) => {
    const name = nameOf(call.getAuthContext().sslPeerCertificate, Date.now());
    const { role, mandatory } = find(name);
    return { identity: name, role, mandatory };
  };
}
