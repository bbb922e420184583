package io.github.ipftrace;

import com.google.protobuf.ByteString;
import io.github.ipftrace.v1.TraceEndReason;
import io.github.ipftrace.v1.TraceEnded;
import io.github.ipftrace.v1.TraceResponse;
import io.github.ipftrace.v1.TraceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/** Reads one stream, or several with reconnecting. */
final class TraceIterator implements Iterator<TraceEvent> {
  private final Channel channel;
  private final Allowance left;
  private final Reconnect reconnect;
  private final Ending ending;
  private final Consumer<ByteString> keepToken;

  /** Of the newest message that was told wholly. */
  private ByteString token = ByteString.EMPTY;

  private ByteString nextToken = ByteString.EMPTY;

  /** Connections that failed since the last one that told something. */
  private int failures;

  private Iterator<TraceResponse> stream;
  private EventDecoder decoder;
  private TraceEnded ended;
  private Iterator<TraceEvent> pending = Collections.emptyIterator();

  /** Nothing more is to be told. */
  private boolean isOver;

  TraceIterator(
      Channel channel,
      Allowance left,
      Reconnect reconnect,
      Ending ending,
      Consumer<ByteString> keepToken) {
    this.channel = channel;
    this.left = left;
    this.reconnect = reconnect;
    this.ending = ending;
    this.keepToken = keepToken;
  }

  @Override
  public boolean hasNext() {
    while (!pending.hasNext() && !isOver) advance();
    return pending.hasNext();
  }

  @Override
  public TraceEvent next() {
    if (!hasNext()) throw new NoSuchElementException();
    return pending.next();
  }

  private void advance() {
    keep();
    try {
      if (stream == null) open();
      if (stream.hasNext()) take(stream.next());
      else
        judge(
            Status.UNAVAILABLE
                .withDescription("the server ended the stream without saying why")
                .asRuntimeException());
    } catch (StatusRuntimeException reason) {
      judge(reason);
    }
  }

  private void keep() {
    if (nextToken.isEmpty()) return;
    token = nextToken;
    keepToken.accept(token);
  }

  /** The call's context is the root, because gRPC would take its deadline from any other one. */
  private void open() {
    decoder = new EventDecoder(!token.isEmpty());
    ended = null;
    var previous = Context.ROOT.attach();
    try {
      var call = channel.newCall(TraceServiceGrpc.getTraceMethod(), CallOptions.DEFAULT);
      stream = ClientCalls.blockingServerStreamingCall(call, left.next(token));
      ending.opened(call);
    } finally {
      Context.ROOT.detach(previous);
    }
  }

  private void take(TraceResponse message) {
    failures = 0;
    left.spend(message.getBatch().getJourneysCount());
    nextToken = message.getResumeToken();
    if (message.hasStarted()) ending.begun(message.getStarted().getTraceId());
    if (message.hasEnded()) ended = message.getEnded();
    pending = decoder.decode(message).iterator();
  }

  /** Tells whether a stream ended as it should, and what comes next. */
  private void judge(StatusRuntimeException reason) {
    stream = null;
    var hadBegun = ending.over();
    if (ending.isClosed())
      throw last(Status.CANCELLED.withDescription("the trace was closed").asRuntimeException());
    var isStopped = ending.isStopped();
    if (isStopped && !hadBegun) {
      isOver = true;
      return;
    }
    var isDraining = ended != null && ended.getReason() == TraceEndReason.TRACE_END_REASON_DRAINING;
    // A server that drains ends the stream with a status after it has said all.
    if (ended != null && !(isDraining && reconnect.maxAttempts() != 0 && !isStopped)) {
      isOver = true;
      return;
    }
    var broken =
        ended == null
            ? reason
            : Status.UNAVAILABLE.withDescription("the server is stopping").asRuntimeException();
    if (left.isSpent() || !reconnect.takes(broken, failures)) throw last(broken);
    waitAfter(broken);
  }

  private void waitAfter(StatusRuntimeException reason) {
    try {
      if (ending.await(reconnect.delay(reason, failures++))) throw last(reason);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw last(
          Status.CANCELLED
              .withDescription("interrupted")
              .withCause(interrupted)
              .asRuntimeException());
    }
  }

  private StatusRuntimeException last(StatusRuntimeException reason) {
    isOver = true;
    return reason;
  }
}
