package io.github.ipftrace;

import static io.github.ipftrace.Json.decimal;
import static io.github.ipftrace.Json.number;
import static io.github.ipftrace.Json.object;
import static io.github.ipftrace.Json.shortName;

import io.github.ipftrace.v1.Completeness;
import io.github.ipftrace.v1.EndReason;
import io.github.ipftrace.v1.Flow;
import io.github.ipftrace.v1.JourneyLink;
import io.github.ipftrace.v1.LinkKind;
import io.github.ipftrace.v1.LinkRole;
import io.github.ipftrace.v1.PacketJourney;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Journeys as lines of {@code ipftrace -o jsonl}: the names of the contract in lowerCamelCase,
 * addresses as text, enum values by their short names. Zeros are written, too; only what is absent
 * is left out.
 */
final class JourneyJson {
  private JourneyJson() {}

  static String line(Journey journey) {
    var message = journey.message();
    return Json.line(
        object(
            "journeyId", decimal(message.getJourneyId()),
            "startTimeNs", decimal(message.getStartTimeNs()),
            "durationNs", decimal(message.getDurationNs()),
            "flow", message.hasFlow() ? flow(message.getFlow()) : null,
            "process", process(message),
            "endReason",
                shortName(EndReason.getDescriptor(), message.getEndReasonValue(), "END_REASON_"),
            "dropReason", dropReason(message),
            "endStack", journey.endStack(),
            "completeness",
                shortName(
                    Completeness.getDescriptor(), message.getCompletenessValue(), "COMPLETENESS_"),
            "lostHops", number(message.getLostHops()),
            "links", message.getLinksList().stream().map(JourneyJson::link).toList(),
            "hops", hops(journey)));
  }

  private static Map<String, Object> process(PacketJourney message) {
    if (!message.hasProcess()) return null;
    var process = message.getProcess();
    return object(
        "pid",
        number(process.getPid()),
        "tid",
        number(process.getTid()),
        "comm",
        process.getComm());
  }

  private static Map<String, Object> dropReason(PacketJourney message) {
    if (!message.hasDropReason()) return null;
    var reason = message.getDropReason();
    return object(
        "code", number(reason.getCode()),
        "name", reason.getName(),
        "subsystem", reason.getSubsystem(),
        "location", reason.getLocation());
  }

  private static Map<String, Object> link(JourneyLink link) {
    return object(
        "journeyId", decimal(link.getJourneyId()),
        "role", shortName(LinkRole.getDescriptor(), link.getRoleValue(), "LINK_ROLE_"),
        "kind", shortName(LinkKind.getDescriptor(), link.getKindValue(), "LINK_KIND_"));
  }

  private static List<Map<String, Object>> hops(Journey journey) {
    return journey.hops().stream().map(hop -> hop(hop, journey.schemas() != null)).toList();
  }

  private static Map<String, Object> hop(JourneyHop hop, boolean hasCustom) {
    var message = hop.message();
    return object(
        "function", hop.function(),
        "deltaNs", decimal(message.getDeltaNs()),
        "cpu", number(message.getCpu()),
        "interface", hop.interfaceName(),
        "ifindex", number(message.getIfindex()),
        "netns", number(message.getNetns()),
        "length", number(message.getLength()),
        "flow", message.hasFlow() ? flow(message.getFlow()) : null,
        "custom", hasCustom ? custom(hop.custom()) : null,
        "stack", hop.stack());
  }

  private static Map<String, Object> custom(List<NamedValue> values) {
    Map<String, Object> made = new LinkedHashMap<>();
    for (var value : values) made.put(value.key(), value.json());
    return made;
  }

  private static Map<String, Object> flow(Flow flow) {
    var icmp = flow.getIcmp();
    return object(
        "l3Protocol", number(flow.getL3Protocol()),
        "l4Protocol", number(flow.getL4Protocol()),
        "source", Flows.address(flow.getSource().toByteArray()),
        "destination", Flows.address(flow.getDestination().toByteArray()),
        "sourcePort", number(flow.getSourcePort()),
        "destinationPort", number(flow.getDestinationPort()),
        "icmp",
            flow.hasIcmp()
                ? object("type", number(icmp.getType()), "code", number(icmp.getCode()))
                : null,
        "laterFragment", flow.getLaterFragment());
  }
}
