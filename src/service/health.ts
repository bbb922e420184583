/** Whether this server can trace, as grpc.health.v1 and metrics tell it. */
import type { Server } from "@grpc/grpc-js";
import type { HealthImplementation } from "grpc-health-check";
import type { Collector } from "../collector/collector.js";
import type { Logger } from "../log.js";

/** The server as a whole, and its services. Questions are answered even where nothing can be traced. */
const SERVICES = ["", "ipftrace.v1.TraceService", "ipftrace.v1.SessionService"];
/** How soon after the collector broke down it is tried again, and at most how seldom. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/** SERVING when the collector can trace something, and until the server stops. */
export class ServerHealth {
  readonly #collector: Pick<Collector, "node">;
  readonly #log: Logger;
  #services: HealthImplementation | undefined;
  #canTrace = false;
  #isDraining = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(collector: Pick<Collector, "node">, log: Logger) {
    this.#collector = collector;
    this.#log = log;
  }

  /** Whether what was last told is SERVING. */
  get isServing(): boolean {
    return this.#canTrace && !this.#isDraining;
  }

  /** Makes a server answer. What that takes is only loaded here: it brings a compiler of protos with it. */
  async addTo(server: Server): Promise<void> {
    const { HealthImplementation } = await import("grpc-health-check");
    this.#services ??= new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, "NOT_SERVING"])));
    this.#services.addToServer(server);
  }

  /** Finds out whether anything can be traced; again when the collector broke down. Never rejects. */
  async check(): Promise<void> {
    try {
      const { backends } = await this.#collector.node();
      this.#tell(backends.some(({ available }) => available));
      this.#retryMs = FIRST_RETRY_MS;
      if (this.#canTrace) return;
      const reasons = backends.map(({ backend, reason }) => `${backend}: ${reason}`);
      this.#log.error({ reasons }, "nothing can be traced here; ipftrace doctor says what to do");
    } catch (reason) {
      this.broken(reason);
    }
  }

  /** The collector is no more. It is started anew, and until that works nothing can be traced. */
  broken(reason: unknown): void {
    if (this.#isDraining) return;
    this.#tell(false);
    this.#log.error({ err: reason, retryMs: this.#retryMs }, "the collector broke down");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.check(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  /** The server stops. */
  drain(): void {
    this.#isDraining = true;
    clearTimeout(this.#retry);
    this.#tell(false);
  }

  #tell(canTrace: boolean): void {
    this.#canTrace = canTrace;
    for (const name of SERVICES) this.#services?.setStatus(name, this.isServing ? "SERVING" : "NOT_SERVING");
  }
}
