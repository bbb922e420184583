package io.github.ipftrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.ipftrace.v1.GetNodeRequest;
import io.github.ipftrace.v1.TraceEndReason;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private static final int WAIT_SECONDS = 60;

  /** Sends journeys until it is stopped, then the end. */
  private static PlayedServer stoppable() throws IOException {
    var server = new PlayedServer[1];
    server[0] =
        new PlayedServer(
            stream -> {
              stream.onNext(PlayedServer.started(-7));
              stream.onNext(PlayedServer.journeys(1));
              server[0].stopped.await();
              stream.onNext(PlayedServer.journeys(1));
              stream.onNext(PlayedServer.ended(TraceEndReason.TRACE_END_REASON_STOPPED));
              stream.onCompleted();
            });
    return server[0];
  }

  @Test
  void stopEndsInGoodOrder() throws IOException {
    try (var server = stoppable();
        var trace = server.client.trace()) {
      List<TraceEvent> told = new ArrayList<>();
      for (var event : trace) {
        told.add(event);
        if (event instanceof Journey) trace.stop();
      }
      assertEquals(4, told.size());
      assertInstanceOf(TraceEvent.Ended.class, told.get(3));
      assertEquals(List.of(-7L, -7L), server.stops, "stopping twice is no error");
    }
  }

  @Test
  void stoppedBeforeItBeginsItTellsNothing() throws IOException {
    try (var server = stoppable();
        var trace = server.client.trace()) {
      trace.stop();
      assertFalse(trace.iterator().hasNext());
      assertEquals(List.of(), server.stops);
    }
  }

  @Test
  void closeCancelsTheCall() throws Exception {
    try (var server = stoppable()) {
      var trace = server.client.trace();
      var events = trace.iterator();
      events.next();
      events.next();
      trace.close();
      var reason = assertThrows(StatusRuntimeException.class, events::hasNext);
      assertEquals(Status.Code.CANCELLED, reason.getStatus().getCode());
      assertTrue(server.cancelled.await(WAIT_SECONDS, TimeUnit.SECONDS));
      assertEquals(List.of(), server.stops);
    }
  }

  @Test
  void isReadOnce() throws IOException {
    try (var server = stoppable();
        var trace = server.client.trace()) {
      trace.iterator();
      assertThrows(IllegalStateException.class, trace::iterator);
    }
  }

  @Test
  void onlyAnswersHaveDeadlines() throws Exception {
    var timer = Executors.newSingleThreadScheduledExecutor();
    try (var server = stoppable();
        var trace = server.client.trace();
        var limited = Context.current().withDeadlineAfter(WAIT_SECONDS, TimeUnit.SECONDS, timer)) {
      limited.call(() -> trace.iterator().next());
      assertFalse(server.hadDeadline);
      server.client.traces().getNode(GetNodeRequest.getDefaultInstance());
      assertTrue(server.hadDeadline);
    } finally {
      timer.shutdownNow();
    }
  }

  /** Requests one event after the other. */
  private static final class Collecting implements Flow.Subscriber<TraceEvent> {
    final List<TraceEvent> told = new ArrayList<>();
    final CompletableFuture<List<TraceEvent>> done = new CompletableFuture<>();
    private final Trace trace;
    private Flow.Subscription subscription;

    Collecting(Trace trace) {
      this.trace = trace;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    @Override
    public void onNext(TraceEvent event) {
      told.add(event);
      if (event instanceof Journey) trace.stop();
      subscription.request(1);
    }

    @Override
    public void onError(Throwable reason) {
      done.completeExceptionally(reason);
    }

    @Override
    public void onComplete() {
      done.complete(told);
    }
  }

  @Test
  void publishesToASubscriber() throws Exception {
    try (var server = stoppable();
        var trace = server.client.trace()) {
      var collecting = new Collecting(trace);
      trace.publisher().subscribe(collecting);
      assertEquals(4, collecting.done.get(WAIT_SECONDS, TimeUnit.SECONDS).size());
    }
  }

  @Test
  void addressesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> IpftraceClient.connect("localhost"));
  }

  @Test
  void versionIsThatOfThePackage() throws IOException {
    assertTrue(
        Files.readString(Path.of("pom.xml"))
            .contains("<version>" + IpftraceClient.VERSION + "</version>"));
  }
}
