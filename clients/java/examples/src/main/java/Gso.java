import io.github.ipftrace.IpftraceClient;
import io.github.ipftrace.Journey;
import io.github.ipftrace.TraceEvent;
import io.github.ipftrace.v1.Filter;
import io.github.ipftrace.v1.FlowFilter;
import io.github.ipftrace.v1.IpVersion;
import io.github.ipftrace.v1.TraceRequest;

/**
 * The second example of the original's README: {@code ipftrace -iv 4 -l4 TCP -d4 10.0.1.11 -m gso
 * generic}.
 */
final class Gso {
  private static final int TCP = 6;

  private Gso() {}

  public static void main(String[] words) {
    var flow =
        FlowFilter.newBuilder()
            .setIpVersion(IpVersion.IP_VERSION_4)
            .addL4Protocols(TCP)
            .addDestinationIpv4("10.0.1.11");
    var request =
        TraceRequest.newBuilder()
            .setManifestName("generic")
            .addModuleNames("gso")
            .setFilter(Filter.newBuilder().addAllow(flow))
            .build();
    try (var client =
            IpftraceClient.connect(words.length > 0 ? words[0] : IpftraceClient.DEFAULT_ADDRESS);
        var trace = client.trace(request)) {
      Interrupts.read(
          trace,
          event -> {
            if (event instanceof TraceEvent.Started) System.out.println("Trace ready!");
            if (event instanceof Journey journey) show(journey);
          });
    }
  }

  /** Says on standard error how the journey's packet will be cut. Values are typed, too. */
  private static void show(Journey journey) {
    System.out.print(journey);
    journey.hops().stream()
        .limit(1)
        .flatMap(hop -> hop.custom().stream())
        .filter(value -> value.key().equals("gso_segs") && value.message().getUnsignedValue() > 1)
        .forEach(value -> System.err.println("packet of " + value.text() + " segments"));
  }
}
