package io.github.ipftrace;

import io.github.ipftrace.v1.PacketJourney;
import java.util.List;

/** The way of one packet through the kernel, with all numbers resolved to names. */
public final class Journey implements TraceEvent {
  private final PacketJourney message;
  private final List<JourneyHop> hops;
  private final List<String> endStack;
  private final Schemas schemas;

  Journey(PacketJourney message, List<JourneyHop> hops, List<String> endStack, Schemas schemas) {
    this.message = message;
    this.hops = hops;
    this.endStack = endStack;
    this.schemas = schemas;
  }

  /** As the server sent it: flow, end, drop reason, links and more. */
  public PacketJourney message() {
    return message;
  }

  /** The functions that the packet went through, in their order. */
  public List<JourneyHop> hops() {
    return hops;
  }

  /**
   * The call stack that ended the packet, the innermost function first; null where none was asked
   * for.
   */
  public List<String> endStack() {
    return endStack;
  }

  /** When the packet came to this hop: CLOCK_MONOTONIC of the node, nanoseconds since boot. */
  public long timeNs(JourneyHop hop) {
    return message.getStartTimeNs() + hop.message().getDeltaNs();
  }

  /** As a line of {@code ipftrace -o jsonl}. */
  @Override
  public String json() {
    return JourneyJson.line(this);
  }

  /**
   * As the original ipftrace printed it, byte for byte: a line with the flow, the table of its
   * hops, an empty line. Time stamps are nanoseconds since boot.
   */
  @Override
  public String toString() {
    return JourneyText.of(this);
  }

  /** Null where no module adds anything. */
  Schemas schemas() {
    return schemas;
  }
}
