package io.github.ipftrace;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a trace goes on after its connection was lost, or its server was stopped (UNAVAILABLE).
 *
 * <p>A session is read on after the last message that was received: nothing is missing and nothing
 * comes twice, and what the session forgot meanwhile is told as a loss at LOSS_STAGE_HISTORY. Any
 * other trace begins anew, and what happened meanwhile is not seen. {@link TraceEvent.Started}
 * comes again and says which it is. The limits max_journeys and duration_ms of the request count
 * over all connections.
 *
 * @param maxAttempts connections in a row that may fail; 0: not one more is tried, negative: any
 *     number
 * @param minDelay how long to wait before the first attempt; each further one waits twice as long.
 *     A server that says how long to wait (google.rpc.RetryInfo) is obeyed
 * @param maxDelay the longest wait
 */
public record Reconnect(int maxAttempts, Duration minDelay, Duration maxDelay) {
  /** A lost connection is the end. */
  public static final Reconnect NEVER = new Reconnect(0, Duration.ZERO, Duration.ZERO);

  /** Any number of attempts, 250 ms to 30 s apart. */
  public static final Reconnect DEFAULT =
      new Reconnect(-1, Duration.ofMillis(250), Duration.ofSeconds(30));

  /** Whether another attempt is worth it. */
  boolean takes(StatusRuntimeException reason, int failures) {
    if (maxAttempts >= 0 && failures >= maxAttempts) return false;
    return reason.getStatus().getCode() == Status.Code.UNAVAILABLE;
  }

  /**
   * Grows with the failures; half of it is random, so that clients do not come back all at once.
   */
  Duration delay(StatusRuntimeException reason, int failures) {
    var asked = askedBy(reason);
    if (asked != null) return asked;
    var most = maxDelay.toNanos();
    var delay = Math.min(minDelay.toNanos(), most);
    for (var doubled = 0; doubled < failures && delay < most; doubled++)
      delay = Math.min(2 * delay, most);
    return Duration.ofNanos(delay / 2 + ThreadLocalRandom.current().nextLong(delay / 2 + 1));
  }

  private static Duration askedBy(StatusRuntimeException reason) {
    var status = StatusProto.fromThrowable(reason);
    if (status == null) return null;
    for (var detail : status.getDetailsList()) {
      if (!detail.is(RetryInfo.class)) continue;
      try {
        var delay = detail.unpack(RetryInfo.class).getRetryDelay();
        return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
      } catch (InvalidProtocolBufferException unreadable) {
        return null;
      }
    }
    return null;
  }
}
