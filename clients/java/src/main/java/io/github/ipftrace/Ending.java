package io.github.ipftrace;

import io.github.ipftrace.v1.TraceRequest;
import io.github.ipftrace.v1.TraceResponse;
import io.grpc.ClientCall;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How a trace is asked to end, by whichever thread, while another one reads it. */
final class Ending {
  private final CountDownLatch asked = new CountDownLatch(1);
  private boolean isStopped;
  private boolean isClosed;

  /** Of the stream that is read: its call, and its id once it has begun. */
  private ClientCall<TraceRequest, TraceResponse> call;

  private Long traceId;

  /**
   * The id of the trace that the server has to stop; null when there is none, and what there was is
   * cancelled.
   */
  synchronized Long stop() {
    isStopped = true;
    asked.countDown();
    if (traceId == null) cancel("stopped before it began");
    return traceId;
  }

  synchronized void close() {
    isClosed = true;
    asked.countDown();
    cancel("closed");
  }

  synchronized boolean isStopped() {
    return isStopped;
  }

  synchronized boolean isClosed() {
    return isClosed;
  }

  synchronized void opened(ClientCall<TraceRequest, TraceResponse> opened) {
    call = opened;
    if (isStopped || isClosed) cancel("asked to end before it began");
  }

  synchronized void begun(long id) {
    traceId = id;
    // Between the call and its first message.
    if (isStopped) cancel("stopped before it began");
  }

  /** Whether the stream that ended had begun: now there is none that could be stopped. */
  synchronized boolean over() {
    var hadBegun = traceId != null;
    call = null;
    traceId = null;
    return hadBegun;
  }

  /** Waits; true when the trace was asked to end meanwhile. */
  boolean await(Duration delay) throws InterruptedException {
    return asked.await(delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void cancel(String why) {
    if (call != null) call.cancel(why, null);
  }
}
