package io.github.ipftrace;

import io.github.ipftrace.v1.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Journeys as the original ipftrace printed them. Where modules add something there is a column for
 * it, where the flow changes under way (NAT, encapsulation) another one. Call stacks stand below
 * the row of their hop.
 */
final class JourneyText {
  /** Stands for what is not known because the hop that told it was lost. */
  private static final String UNKNOWN = "?";

  private JourneyText() {}

  static String of(Journey journey) {
    List<String> lines = new ArrayList<>();
    lines.add(flowLine(journey));
    var hops = journey.hops();
    var changes = hops.stream().anyMatch(hop -> hop.message().hasFlow());
    var rows = hops.stream().map(hop -> row(journey, hop, changes)).toList();
    var table = Columns.layOut(headers(journey, changes), rows);
    lines.add(table.get(0));
    for (var index = 0; index < hops.size(); index++) {
      lines.add(table.get(index + 1));
      addStack(lines, hops.get(index).stack());
    }
    addDrop(lines, journey);
    return String.join("\n", lines) + "\n\n";
  }

  private static List<String> headers(Journey journey, boolean changes) {
    return Stream.of(
            "Time Stamp",
            "Function",
            journey.schemas() == null ? "" : "Custom Data",
            changes ? "Changed Flow" : "")
        .filter(header -> !header.isEmpty())
        .toList();
  }

  private static List<String> row(Journey journey, JourneyHop hop, boolean changes) {
    List<String> cells = new ArrayList<>();
    cells.add(Long.toUnsignedString(journey.timeNs(hop)));
    cells.add(hop.function().isEmpty() ? UNKNOWN : Chars.printable(hop.function()));
    if (journey.schemas() != null) cells.add(journey.schemas().text(hop.custom()));
    if (changes) cells.add(hop.message().hasFlow() ? change(hop.message().getFlow()) : "");
    return cells;
  }

  private static void addStack(List<String> lines, List<String> frames) {
    if (frames == null) return;
    for (var frame : frames) lines.add("    " + Chars.printable(frame));
  }

  /** Only above a call stack, since the original did not tell of drops. */
  private static void addDrop(List<String> lines, Journey journey) {
    if (!journey.message().hasDropReason() || journey.endStack() == null) return;
    var reason = journey.message().getDropReason();
    var name =
        reason.getName().isEmpty() ? Integer.toUnsignedString(reason.getCode()) : reason.getName();
    var location = reason.getLocation().isEmpty() ? UNKNOWN : reason.getLocation();
    lines.add("dropped: " + Chars.printable(name) + " at " + Chars.printable(location));
    addStack(lines, journey.endStack());
  }

  private static String change(Flow flow) {
    return Flows.protocol(flow) + " " + Flows.source(flow) + " -> " + Flows.destination(flow);
  }

  private static String flowLine(Journey journey) {
    if (!journey.message().hasFlow()) return String.join("\t", UNKNOWN, UNKNOWN, "->", UNKNOWN);
    var flow = journey.message().getFlow();
    return String.join(
        "\t", Flows.protocol(flow), Flows.source(flow), "->", Flows.destination(flow));
  }
}
