/** How grpc-js takes connections at one address, and which guard each of their calls meets. */
import { ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";

/** Connections without encryption: for unix sockets and loopback. */
export class PlainCredentials extends ServerCredentials {
  readonly #guard: ServerInterceptor;

  constructor(guard: ServerInterceptor) {
    super(null);
    this.#guard = guard;
  }

  override _getInterceptors(): ServerInterceptor[] {
    return [this.#guard];
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
