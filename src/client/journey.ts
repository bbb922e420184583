import type { Flow } from "../gen/ipftrace/v1/flow.js";
import type { Hop, PacketJourney } from "../gen/ipftrace/v1/journey.js";
import type { CustomData } from "./custom-values.js";
import { renderJourneyJson } from "./render-jsonl.js";
import { renderJourney } from "./render-table.js";
import type { Style } from "./style.js";
import { interfaceKey, type TraceNames } from "./trace-names.js";

/** One hop with its names. */
export interface JourneyHop extends Omit<Hop, "custom" | "flow"> {
  /** CLOCK_MONOTONIC of the hop, nanoseconds since boot. */
  readonly timeNs: bigint;
  /** Name of the function, whether the trace was asked for names or ids; empty when it is not known. */
  readonly function: string;
  /** Name of the interface within its network namespace; empty: none, or not known. */
  readonly interface: string;
  /** The packet's headers, where they have changed since the hop before. */
  readonly flow: Flow | undefined;
  /** What the modules collected, by field name; a name that two modules use is preceded by the module's: `gso.len`. */
  readonly custom: Readonly<Record<string, CustomData>>;
  /** Frames of the call stack, the innermost first; undefined: none. */
  readonly stack: readonly string[] | undefined;
}

/** The way of one packet through the kernel, with every number named. */
export class Journey {
  /** The message of the contract, as it came. */
  readonly message: PacketJourney;
  readonly #names: TraceNames;

  constructor(message: PacketJourney, names: TraceNames) {
    this.message = message;
    this.#names = names;
  }

  /** Its hops, sorted by time. Made anew at each call. */
  hops(): JourneyHop[] {
    const { functions, interfaces, stacks, custom } = this.#names;
    const { startTimeNs } = this.message;
    // A literal rather than a spread, which takes several times as long.
    return this.message.hops.map((hop) => ({
      function: hop.function || (functions.get(hop.functionId) ?? ""),
      functionId: hop.functionId,
      timeNs: startTimeNs + hop.deltaNs,
      deltaNs: hop.deltaNs,
      cpu: hop.cpu,
      interface: interfaces.size === 0 ? "" : (interfaces.get(interfaceKey(hop)) ?? ""),
      ifindex: hop.ifindex,
      netns: hop.netns,
      length: hop.length,
      flow: hop.flow,
      custom: custom?.data(hop.custom) ?? {},
      stackId: hop.stackId,
      stack: stacks.get(hop.stackId),
    }));
  }

  /** Frames of the call stack that ended the packet, the innermost first; undefined: none. */
  endStack(): readonly string[] | undefined {
    return this.#names.stacks.get(this.message.endStackId);
  }

  /** One line of JSON, as `ipftrace -o jsonl` prints it, with its line feed. */
  json(): string {
    return renderJourneyJson(this.message, this.#names);
  }

  /** The text that `ipftrace` prints, an empty line at the end included. */
  text(style?: Style): string {
    return renderJourney(this.message, this.#names, style);
  }
}
