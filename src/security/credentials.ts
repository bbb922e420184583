/** How grpc-js takes connections at one address, and what each of their calls passes first. */
import { ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";
import type { Certificates } from "./certificates.js";

/** The oldest version that clients may speak. */
const MIN_VERSION = "TLSv1.3";

/** What every encrypted connection must have: a certificate of an authority that is known. */
export const CLIENT_CERTIFICATES = { requestCert: true, rejectUnauthorized: true, minVersion: MIN_VERSION } as const;

/** Connections without encryption: for unix sockets and loopback. */
export class PlainCredentials extends ServerCredentials {
  readonly #interceptors: readonly ServerInterceptor[];

  /** `interceptors` in the order in which calls pass them. */
  constructor(interceptors: readonly ServerInterceptor[]) {
    super(null);
    this.#interceptors = interceptors;
  }

  override _getInterceptors(): ServerInterceptor[] {
    return [...this.#interceptors];
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/**
 * TLS 1.3 with certificates on both sides. What grpc-js has for it (createSsl,
 * createCertificateProviderServerCredentials) takes TLS 1.2, and drops connections while files cannot be read.
 */
export class TlsCredentials extends ServerCredentials {
  readonly #interceptors: readonly ServerInterceptor[];

  constructor(interceptors: readonly ServerInterceptor[], certificates: Certificates) {
    super(CLIENT_CERTIFICATES, contextOf(certificates));
    this.#interceptors = interceptors;
  }

  /** Takes these for connections from now on; those that stand go on. */
  replace(certificates: Certificates): void {
    this.updateSecureContextOptions(contextOf(certificates));
  }

  override _getInterceptors(): ServerInterceptor[] {
    return [...this.#interceptors];
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** What a server of TLS shows, and whom it believes. */
export function contextOf({ certificate, key, clientAuthority }: Certificates) {
  return { cert: certificate, key, ca: clientAuthority, minVersion: MIN_VERSION } as const;
}
