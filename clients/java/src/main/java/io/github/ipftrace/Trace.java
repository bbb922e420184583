package io.github.ipftrace;

import com.google.protobuf.ByteString;
import io.github.ipftrace.v1.StopTraceRequest;
import io.github.ipftrace.v1.TraceRequest;
import io.github.ipftrace.v1.TraceServiceGrpc;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One trace, or the reading of one session. It begins when it is iterated over, which can be done
 * once.
 *
 * <p>A trace is read only as fast as its loop runs. What the server must drop meanwhile it tells as
 * a {@link TraceEvent.Loss}, at LOSS_STAGE_QUEUE. A trace has no deadline, not even that of the
 * caller's {@link io.grpc.Context}; TraceOptions.duration_ms ends it after a time.
 *
 * <p>Iterating throws {@link StatusRuntimeException} for what ends the trace otherwise than the
 * server said: UNAVAILABLE for a connection that was lost, CANCELLED after {@link #close()}, or the
 * server's own status.
 */
public final class Trace implements Iterable<TraceEvent>, AutoCloseable {
  private final Channel channel;
  private final TraceRequest request;
  private final Reconnect reconnect;
  private final Ending ending = new Ending();
  private boolean isUsed;
  private volatile ByteString resumeToken = ByteString.EMPTY;

  Trace(Channel channel, TraceRequest request, Reconnect reconnect) {
    this.channel = channel;
    this.request = request;
    this.reconnect = reconnect;
  }

  /**
   * Everything that the trace tells, to its end.
   *
   * @throws IllegalStateException when called for the second time
   */
  @Override
  public synchronized Iterator<TraceEvent> iterator() {
    if (isUsed)
      throw new IllegalStateException("a trace can be read once: call IpftraceClient.trace again");
    isUsed = true;
    return new TraceIterator(
        channel, new Allowance(request), reconnect, ending, token -> resumeToken = token);
  }

  /** The journeys alone, to the end of the trace; in place of {@link #iterator()}. */
  public Stream<Journey> journeys() {
    return StreamSupport.stream(spliterator(), false)
        .map(event -> event instanceof Journey journey ? journey : null)
        .filter(Objects::nonNull);
  }

  /**
   * Everything that the trace tells, for one subscriber; in place of {@link #iterator()}. A thread
   * of its own reads as much as the subscriber requests; cancelling closes the trace.
   */
  public Flow.Publisher<TraceEvent> publisher() {
    return subscriber -> new TraceSubscription(this, subscriber).begin();
  }

  /**
   * Ends the trace in good order: what is open still comes, then {@link TraceEvent.Ended} with the
   * account. A trace that has not begun ends at once, without an event. May be called from within
   * the loop and from elsewhere.
   */
  public void stop() {
    var traceId = ending.stop();
    if (traceId == null) return;
    try {
      TraceServiceGrpc.newBlockingStub(channel)
          .stopTrace(StopTraceRequest.newBuilder().setTraceId(traceId).build());
    } catch (StatusRuntimeException reason) {
      // It is ending already.
      if (reason.getStatus().getCode() != Status.Code.NOT_FOUND) throw reason;
    }
  }

  /** Ends the trace at once, and nothing more is told. */
  @Override
  public void close() {
    ending.close();
  }

  /**
   * Where to go on reading a session later, after what was told so far, for
   * SessionAttachment.resume_token. Empty before the first message, and for other traces.
   */
  public ByteString resumeToken() {
    return resumeToken;
  }
}
