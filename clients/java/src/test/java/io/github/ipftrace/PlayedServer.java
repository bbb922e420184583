package io.github.ipftrace;

import io.github.ipftrace.v1.GetNodeRequest;
import io.github.ipftrace.v1.GetNodeResponse;
import io.github.ipftrace.v1.JourneyBatch;
import io.github.ipftrace.v1.PacketJourney;
import io.github.ipftrace.v1.StopTraceRequest;
import io.github.ipftrace.v1.StopTraceResponse;
import io.github.ipftrace.v1.TraceEndReason;
import io.github.ipftrace.v1.TraceEnded;
import io.github.ipftrace.v1.TraceRequest;
import io.github.ipftrace.v1.TraceResponse;
import io.github.ipftrace.v1.TraceServiceGrpc;
import io.github.ipftrace.v1.TraceStarted;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;

/**
 * A server on loopback whose traces are played by functions, one for each call; and a client of it.
 */
final class PlayedServer extends TraceServiceGrpc.TraceServiceImplBase implements AutoCloseable {
  interface Play {
    void to(StreamObserver<TraceResponse> stream) throws InterruptedException;
  }

  final List<TraceRequest> requests = new CopyOnWriteArrayList<>();
  final List<Long> stops = new CopyOnWriteArrayList<>();
  final CountDownLatch stopped = new CountDownLatch(1);
  final CountDownLatch cancelled = new CountDownLatch(1);

  /** Whether the newest call had a deadline. */
  volatile boolean hadDeadline;

  final IpftraceClient client;
  private final ConcurrentLinkedQueue<Play> plays;
  private final Server server;

  PlayedServer(Play... plays) throws IOException {
    this.plays = new ConcurrentLinkedQueue<>(List.of(plays));
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
    client = IpftraceClient.connect("127.0.0.1:" + server.getPort());
  }

  @Override
  public void trace(TraceRequest request, StreamObserver<TraceResponse> stream) {
    requests.add(request);
    hadDeadline = Context.current().getDeadline() != null;
    Context.current().addListener(context -> cancelled.countDown(), Runnable::run);
    var play = plays.poll();
    if (play == null) {
      stream.onError(Status.INTERNAL.withDescription("one call too many").asRuntimeException());
      return;
    }
    try {
      play.to(stream);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stopTrace(StopTraceRequest request, StreamObserver<StopTraceResponse> answer) {
    stops.add(request.getTraceId());
    stopped.countDown();
    if (stops.size() > 1) {
      answer.onError(Status.NOT_FOUND.asRuntimeException());
      return;
    }
    answer.onNext(StopTraceResponse.getDefaultInstance());
    answer.onCompleted();
  }

  @Override
  public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> answer) {
    hadDeadline = Context.current().getDeadline() != null;
    answer.onNext(GetNodeResponse.getDefaultInstance());
    answer.onCompleted();
  }

  /** Sends messages, then breaks. */
  static Play breakAfter(TraceResponse... messages) {
    return endWith(Status.UNAVAILABLE, List.of(messages));
  }

  static Play endWith(Status status, List<TraceResponse> messages) {
    return stream -> {
      messages.forEach(stream::onNext);
      if (status.isOk()) stream.onCompleted();
      else stream.onError(status.asRuntimeException());
    };
  }

  static TraceResponse started(long id) {
    return TraceResponse.newBuilder().setStarted(TraceStarted.newBuilder().setTraceId(id)).build();
  }

  static TraceResponse ended(TraceEndReason reason) {
    return TraceResponse.newBuilder().setEnded(TraceEnded.newBuilder().setReason(reason)).build();
  }

  static TraceResponse journeys(long count) {
    var batch = JourneyBatch.newBuilder();
    LongStream.rangeClosed(1, count)
        .forEach(id -> batch.addJourneys(PacketJourney.newBuilder().setJourneyId(id)));
    return TraceResponse.newBuilder().setBatch(batch).build();
  }

  @Override
  public void close() {
    client.close();
    server.shutdownNow();
  }
}
