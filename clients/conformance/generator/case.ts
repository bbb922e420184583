/** One recorded trace. */
export interface Case {
  /** Base name of its files. */
  readonly name: string;
  /** What it holds a client to, in one sentence. */
  readonly about: string;
  /** The messages as they come on the wire. */
  readonly messages: readonly Uint8Array[];
}

/** A trace whose connection breaks. */
export interface ReconnectCase {
  /** Name of its folder. */
  readonly name: string;
  /** What it holds a client to, in one sentence. */
  readonly about: string;
  /** Session that is read; empty: a trace of the client's own, with reconnecting asked for. */
  readonly sessionName: string;
  /** What the server answers to one call after the other. */
  readonly streams: readonly {
    readonly messages: readonly Uint8Array[];
    /** With which status the call ends. */
    readonly status: "OK" | "UNAVAILABLE" | "NOT_FOUND";
    /** The resume token that the request of this call must have; empty: none. */
    readonly resumeToken: string;
  }[];
}
