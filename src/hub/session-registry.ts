/** The sessions of a server, by name. `M` is what their maker wants to know of them. */
import { IpftraceError } from "../errors.js";
import { Session, type SessionOptions } from "./session.js";
import type { TracePool, Wanted } from "./trace-pool.js";

/** How many sessions there may be, and how much they may keep. */
export interface SessionLimits {
  readonly maxSessions: number;
  /** Histories of all of them, bytes. */
  readonly maxTotalHistoryBytes: number;
}

/** A session that runs, or can still be read. */
export interface Registered<M> {
  readonly session: Session;
  readonly meta: M;
}

interface Entry<M> {
  readonly maxBytes: number;
  readonly made: Promise<Registered<M>>;
  registered: Registered<M> | undefined;
}

/** All sessions of a server. */
export class SessionRegistry<M> {
  readonly #pool: TracePool;
  readonly #limits: SessionLimits;
  readonly #entries = new Map<string, Entry<M>>();

  constructor(pool: TracePool, limits: SessionLimits) {
    this.#pool = pool;
    this.#limits = limits;
  }

  /** Starts a session. @throws IpftraceError ALREADY_EXISTS, LIMIT_REACHED, and as starting its trace does */
  async create(wanted: Wanted, options: Omit<SessionOptions, "onExpired">, meta: M): Promise<Registered<M>> {
    const { name, history } = options;
    this.#refuse(name, history.maxBytes);
    const onExpired = (): void => void this.delete(name).catch(() => {});
    const made = Session.start(this.#pool, wanted, { ...options, onExpired }).then((session) => ({ session, meta }));
    const entry: Entry<M> = { maxBytes: history.maxBytes, made, registered: undefined };
    this.#entries.set(name, entry);
    try {
      entry.registered = await made;
      return entry.registered;
    } catch (reason) {
      this.#entries.delete(name);
      throw reason;
    }
  }

  #refuse(name: string, maxBytes: number): void {
    const { maxSessions, maxTotalHistoryBytes } = this.#limits;
    if (this.#entries.has(name)) throw new IpftraceError("ALREADY_EXISTS", `there is a session "${name}"`);
    if (this.#entries.size >= maxSessions) {
      const description = `this server has ${maxSessions} sessions at most, and all are taken: delete one`;
      throw IpftraceError.overLimit("max_sessions", description);
    }
    const taken = [...this.#entries.values()].reduce((sum, entry) => sum + entry.maxBytes, 0);
    if (taken + maxBytes <= maxTotalHistoryBytes) return;
    throw IpftraceError.overLimit(
      "max_total_history_bytes",
      `the sessions of this server may keep ${taken} bytes, and ${maxTotalHistoryBytes} are the most: ask for less than history.max_bytes ${maxBytes}`,
    );
  }

  /** One of them. @throws IpftraceError NOT_FOUND */
  get(name: string): Registered<M> {
    const found = this.#entries.get(name)?.registered;
    if (found !== undefined) return found;
    throw new IpftraceError("NOT_FOUND", `there is no session "${name}" on this server`);
  }

  /** All that run or can be read, by name. */
  list(): Registered<M>[] {
    const byName = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return byName.flatMap(([, { registered }]) => (registered === undefined ? [] : [registered]));
  }

  /** Ends one, and forgets it. @throws IpftraceError NOT_FOUND */
  async delete(name: string): Promise<Registered<M>> {
    const found = this.get(name);
    this.#entries.delete(name);
    await found.session.delete();
    return found;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    const made = [...this.#entries.values()].map((entry) => entry.made.catch(() => undefined));
    this.#entries.clear();
    for (const registered of await Promise.all(made)) await registered?.session.delete();
  }
}
