/** What systemd, or another supervisor that speaks sd_notify(3), is told of this process. */
import { messageOf } from "../errors.js";
import type { Logger } from "../log.js";

/** Whoever waits to hear of this process; without one nothing is told. */
export interface Supervisor {
  /** Everything listens. From now on the watchdog is fed, as long as `isAlive` answers. */
  ready(isAlive: () => Promise<void>): void;
  /** The process is going to end. */
  stopping(): void;
}

/** Sends one datagram. */
export type Send = (path: string, text: string) => void;

/** How this process was started. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Twice within the time after which the supervisor takes the process for hung. */
const FEEDS_PER_TIMEOUT = 2;

/** For a process that nobody waits for. */
const nobody: Supervisor = { ready: () => {}, stopping: () => {} };

/** The supervisor of this process. What it takes to send is loaded only where there is one. */
export async function findSupervisor(environment: Environment, log: Logger): Promise<Supervisor> {
  const path = environment["NOTIFY_SOCKET"];
  if (path === undefined || path === "") return nobody;
  const { sendToSocket } = await import("../kernel/notify-socket.js");
  return new NotifySocket(path, watchdogMs(environment), sendToSocket, log);
}

/** How often the watchdog wants to be fed; undefined: never. systemd names the process that it means. */
export function watchdogMs(environment: Environment): number | undefined {
  const { WATCHDOG_USEC: timeoutUs, WATCHDOG_PID: pid } = environment;
  if (pid !== undefined && pid !== String(process.pid)) return undefined;
  const ms = Number(timeoutUs) / 1000 / FEEDS_PER_TIMEOUT;
  return ms >= 1 ? ms : undefined;
}

/** A supervisor with a socket. */
export class NotifySocket implements Supervisor {
  readonly #path: string;
  readonly #intervalMs: number | undefined;
  readonly #send: Send;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isStopping = false;

  /** `intervalMs` is that of the watchdog. */
  constructor(path: string, intervalMs: number | undefined, send: Send, log: Logger) {
    this.#path = path;
    this.#intervalMs = intervalMs;
    this.#send = send;
    this.#log = log;
  }

  ready(isAlive: () => Promise<void>): void {
    this.#tell("READY=1");
    if (this.#intervalMs === undefined) return;
    this.#timer = setInterval(() => void this.#feed(isAlive), this.#intervalMs);
  }

  /** A thread that hangs does not answer: then nothing is sent, and nothing more is asked. */
  async #feed(isAlive: () => Promise<void>): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    await isAlive();
    this.#isAsking = false;
    if (!this.#isStopping) this.#tell("WATCHDOG=1");
  }

  stopping(): void {
    clearInterval(this.#timer);
    this.#isStopping = true;
    this.#tell("STOPPING=1");
  }

  /** Nothing depends on it but the supervisor, which notices by itself. */
  #tell(state: string): void {
    try {
      this.#send(this.#path, `${state}\n`);
    } catch (reason) {
      this.#log.warn({ state, reason: messageOf(reason) }, "the supervisor could not be told");
    }
  }
}
