package io.github.ipftrace;

import com.google.protobuf.ByteString;
import io.github.ipftrace.v1.TraceRequest;
import java.util.concurrent.TimeUnit;

/** What the limits of a request leave to the next connection. */
final class Allowance {
  private final TraceRequest asked;
  private final long begunNs = System.nanoTime();
  private long journeys;
  private boolean isUsed;

  Allowance(TraceRequest asked) {
    this.asked = asked;
  }

  void spend(int delivered) {
    journeys += delivered;
  }

  boolean isSpent() {
    var most = asked.getOptions().getMaxJourneys();
    if (most != 0 && Long.compareUnsigned(journeys, most) >= 0) return true;
    return asked.getOptions().getDurationMs() != 0 && leftMs() <= 0;
  }

  /** The request of the next connection. */
  TraceRequest next(ByteString token) {
    if (!isUsed) {
      isUsed = true;
      return asked;
    }
    var next = asked.toBuilder();
    if (asked.getOptions().getMaxJourneys() != 0) {
      next.getOptionsBuilder().setMaxJourneys(asked.getOptions().getMaxJourneys() - journeys);
    }
    if (asked.getOptions().getDurationMs() != 0)
      next.getOptionsBuilder().setDurationMs((int) Math.max(1, leftMs()));
    if (asked.hasSession() && !token.isEmpty()) next.getSessionBuilder().setResumeToken(token);
    return next.build();
  }

  private long leftMs() {
    return Integer.toUnsignedLong(asked.getOptions().getDurationMs())
        - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNs);
  }
}
