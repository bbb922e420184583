import io.github.ipftrace.Trace;
import io.github.ipftrace.TraceEvent;
import java.util.function.Consumer;

/** Reads a trace until it ends, or until Ctrl-C, which stops it in good order. */
final class Interrupts {
  private Interrupts() {}

  static void read(Trace trace, Consumer<TraceEvent> reader) {
    var reading = Thread.currentThread();
    var isRead = new boolean[1];
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    trace.stop();
                    reading.join();
                  } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                  }
                  // Without this the exit status would tell of the signal.
                  Runtime.getRuntime().halt(isRead[0] ? 0 : 1);
                }));
    for (var event : trace) reader.accept(event);
    isRead[0] = true;
  }
}
