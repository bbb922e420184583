import io.github.ipftrace.IpftraceClient;
import io.github.ipftrace.Journey;
import io.github.ipftrace.Trace;
import io.github.ipftrace.TraceEvent;
import io.github.ipftrace.v1.SessionAttachment;
import io.github.ipftrace.v1.TraceOptions;
import io.github.ipftrace.v1.TraceRequest;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Counts the journeys of a trace, and what was lost. A second argument waits so many milliseconds
 * after each; a third is a session, of which to count what its history has.
 */
final class Count {
  private static final int QUEUE_BYTES = 65536;

  private final long delayMs;
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private long journeys;
  private long hops;
  private long lostEvents;
  private long begunNs;

  private Count(long delayMs) {
    this.delayMs = delayMs;
  }

  public static void main(String[] words) {
    var request = words.length > 2 ? historyOf(words[2]) : ofItsOwn();
    try (var client =
            IpftraceClient.connect(words.length > 0 ? words[0] : IpftraceClient.DEFAULT_ADDRESS);
        var trace = client.trace(request)) {
      new Count(words.length > 1 ? Long.parseLong(words[1]) : 0).read(trace);
    }
  }

  private static TraceRequest ofItsOwn() {
    var options = TraceOptions.newBuilder().setQueueBytes(QUEUE_BYTES);
    return TraceRequest.newBuilder().setOptions(options).build();
  }

  private static TraceRequest historyOf(String name) {
    var session =
        SessionAttachment.newBuilder().setSessionName(name).setOldest(true).setHistoryOnly(true);
    return TraceRequest.newBuilder().setSession(session).build();
  }

  private void read(Trace trace) {
    Runtime.getRuntime().addShutdownHook(new Thread(interrupted::countDown));
    Interrupts.read(trace, this::count);
    System.out.printf(
        Locale.ROOT,
        "{\"journeys\": %d, \"hops\": %d, \"lostEvents\": %d, \"seconds\": %.3f}%n",
        journeys,
        hops,
        lostEvents,
        (System.nanoTime() - begunNs) / 1e9);
  }

  private void count(TraceEvent event) {
    if (event instanceof TraceEvent.Started) {
      begunNs = System.nanoTime();
      System.out.println("Trace ready!");
    } else if (event instanceof Journey journey) {
      journeys++;
      hops += journey.hops().stream().filter(hop -> !hop.function().isEmpty()).count();
      pause();
    } else if (event instanceof TraceEvent.Loss loss) {
      for (var stage : loss.message().getStagesList()) lostEvents += stage.getLostEvents();
    }
  }

  /** Until the trace is asked to end. */
  private void pause() {
    try {
      interrupted.await(delayMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException reason) {
      Thread.currentThread().interrupt();
    }
  }
}
