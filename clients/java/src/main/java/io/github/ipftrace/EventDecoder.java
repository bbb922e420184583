package io.github.ipftrace;

import io.github.ipftrace.v1.Hop;
import io.github.ipftrace.v1.InterfaceEntry;
import io.github.ipftrace.v1.PacketJourney;
import io.github.ipftrace.v1.StackEntry;
import io.github.ipftrace.v1.TraceResponse;
import io.github.ipftrace.v1.TraceStarted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes events from the messages of one stream, in their order. A {@link Trace} has its own;
 * another is needed for messages that come from elsewhere, for example from a file. Not for several
 * threads at the same time.
 */
public final class EventDecoder {
  private final boolean resumed;
  private final Map<Integer, String> functions = new HashMap<>();
  private final Map<Place, String> interfaces = new HashMap<>();
  private final Map<Integer, List<String>> stacks = new HashMap<>();
  private Schemas schemas;

  /** Interfaces are numbered within their network namespace. */
  private record Place(int netns, int ifindex) {}

  /** For a stream that begins. */
  public EventDecoder() {
    this(false);
  }

  EventDecoder(boolean resumed) {
    this.resumed = resumed;
  }

  /**
   * Any number of journeys, no event for a dictionary and for what a newer server has to say, else
   * one event.
   */
  public List<TraceEvent> decode(TraceResponse message) {
    switch (message.getEventCase()) {
      case STARTED -> {
        start(message.getStarted());
        return List.of(new TraceEvent.Started(message.getStarted(), resumed));
      }
      case BATCH -> {
        return message.getBatch().getJourneysList().stream()
            .<TraceEvent>map(this::journey)
            .toList();
      }
      case DICTIONARY -> {
        addInterfaces(message.getDictionary().getInterfacesList());
        addStacks(message.getDictionary().getStacksList());
        return List.of();
      }
      case LOSS -> {
        return List.of(new TraceEvent.Loss(message.getLoss()));
      }
      case HEARTBEAT -> {
        return List.of(new TraceEvent.Heartbeat(message.getHeartbeat()));
      }
      case ATTACH_PROGRESS -> {
        return List.of(new TraceEvent.AttachProgress(message.getAttachProgress()));
      }
      case ENDED -> {
        return List.of(new TraceEvent.Ended(message.getEnded()));
      }
      default -> {
        return List.of();
      }
    }
  }

  /** Numbers are unique within a stream: whatever an earlier one told is forgotten. */
  private void start(TraceStarted started) {
    functions.clear();
    interfaces.clear();
    stacks.clear();
    for (var entry : started.getFunctionsList())
      functions.put(entry.getFunctionId(), entry.getName());
    addInterfaces(started.getInterfacesList());
    schemas = Schemas.of(started.getSchemasList());
  }

  private void addInterfaces(List<InterfaceEntry> entries) {
    for (var entry : entries)
      interfaces.put(new Place(entry.getNetns(), entry.getIfindex()), entry.getName());
  }

  private void addStacks(List<StackEntry> entries) {
    for (var entry : entries) stacks.put(entry.getStackId(), List.copyOf(entry.getFramesList()));
  }

  private Journey journey(PacketJourney message) {
    var hops = message.getHopsList().stream().map(this::hop).toList();
    return new Journey(message, hops, stacks.get(message.getEndStackId()), schemas);
  }

  private JourneyHop hop(Hop message) {
    var isNamed = !message.getFunction().isEmpty();
    return new JourneyHop(
        message,
        isNamed ? message.getFunction() : functions.getOrDefault(message.getFunctionId(), ""),
        interfaces.getOrDefault(new Place(message.getNetns(), message.getIfindex()), ""),
        schemas == null ? List.of() : schemas.values(message.getCustomList()),
        stacks.get(message.getStackId()));
  }
}
