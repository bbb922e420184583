import io.github.ipftrace.IpftraceClient;
import io.github.ipftrace.Journey;
import io.github.ipftrace.TraceEvent;
import io.github.ipftrace.v1.Filter;
import io.github.ipftrace.v1.FlowFilter;
import io.github.ipftrace.v1.IpVersion;
import io.github.ipftrace.v1.TraceRequest;

/**
 * The first example of the original's README: {@code ipftrace -iv 4 -l4 ICMP -s4 10.0.1.10
 * generic}.
 */
final class Icmp {
  private static final int ICMP = 1;

  private Icmp() {}

  public static void main(String[] words) {
    var flow =
        FlowFilter.newBuilder()
            .setIpVersion(IpVersion.IP_VERSION_4)
            .addL4Protocols(ICMP)
            .addSourceIpv4("10.0.1.10");
    var request =
        TraceRequest.newBuilder()
            .setManifestName("generic")
            .setFilter(Filter.newBuilder().addAllow(flow))
            .build();
    try (var client =
            IpftraceClient.connect(words.length > 0 ? words[0] : IpftraceClient.DEFAULT_ADDRESS);
        var trace = client.trace(request)) {
      Interrupts.read(
          trace,
          event -> {
            if (event instanceof TraceEvent.Started) System.out.println("Trace ready!");
            if (event instanceof Journey journey) System.out.print(journey);
          });
    }
  }
}
