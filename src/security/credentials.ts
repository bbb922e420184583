/** How grpc-js takes connections at one address, and what each of their calls passes first. */
import { ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";

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
