package io.github.ipftrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.github.ipftrace.v1.SessionAttachment;
import io.github.ipftrace.v1.TraceEndReason;
import io.github.ipftrace.v1.TraceOptions;
import io.github.ipftrace.v1.TraceRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class ReconnectTest {
  private static final Reconnect QUICKLY =
      new Reconnect(-1, Duration.ofMillis(1), Duration.ofMillis(1));
  private static final TraceRequest NIGHT =
      TraceRequest.newBuilder()
          .setSession(SessionAttachment.newBuilder().setSessionName("night"))
          .build();

  @TestFactory
  Stream<DynamicTest> cases() throws IOException {
    return Kit.files("reconnect", "case.json").stream()
        .map(
            path ->
                dynamicTest(
                    path.getParent().getFileName().toString(), () -> check(path.getParent())));
  }

  private static void check(Path folder) throws IOException {
    var described =
        JsonParser.parseString(Files.readString(folder.resolve("case.json"))).getAsJsonObject();
    var calls = described.getAsJsonArray("calls");
    var last = Status.Code.OK;
    List<PlayedServer.Play> plays = new ArrayList<>();
    for (var call : calls) {
      last = Status.Code.valueOf(call.getAsJsonObject().get("status").getAsString());
      var messages =
          Kit.messages(folder.resolve(call.getAsJsonObject().get("messages").getAsString()));
      plays.add(PlayedServer.endWith(last.toStatus(), messages));
    }
    try (var server = new PlayedServer(plays.toArray(PlayedServer.Play[]::new))) {
      var session = described.get("sessionName").getAsString();
      var request = TraceRequest.newBuilder();
      if (!session.isEmpty()) request.getSessionBuilder().setSessionName(session);
      List<TraceEvent> told = new ArrayList<>();
      assertEquals(
          last, endOf(server.client.trace(request.build(), QUICKLY), told), "how it ended");
      Kit.compare(told.stream(), folder.resolve("events.jsonl"), folder.resolve("journeys.txt"));
      assertEquals(
          tokens(calls),
          server.requests.stream().map(one -> one.getSession().getResumeToken()).toList());
    }
  }

  private static Status.Code endOf(Trace trace, List<TraceEvent> told) {
    try (trace) {
      for (var event : trace) told.add(event);
      return Status.Code.OK;
    } catch (StatusRuntimeException reason) {
      return reason.getStatus().getCode();
    }
  }

  private static List<ByteString> tokens(JsonArray calls) {
    return calls.asList().stream()
        .map(call -> call.getAsJsonObject().get("resumeToken").getAsString())
        .map(token -> ByteString.copyFrom(Base64.getDecoder().decode(token)))
        .toList();
  }

  @Test
  void limitsCountOverAllConnections() throws IOException {
    var limit =
        List.of(
            PlayedServer.started(3),
            PlayedServer.journeys(2),
            PlayedServer.ended(TraceEndReason.TRACE_END_REASON_LIMIT));
    try (var server =
        new PlayedServer(
            PlayedServer.breakAfter(PlayedServer.started(1), PlayedServer.journeys(2)),
            PlayedServer.breakAfter(PlayedServer.started(2), PlayedServer.journeys(1)),
            PlayedServer.endWith(Status.OK, limit))) {
      var options = TraceOptions.newBuilder().setMaxJourneys(5).setDurationMs(3_600_000);
      var request = TraceRequest.newBuilder().setOptions(options).build();
      assertEquals(5, server.client.trace(request, QUICKLY).journeys().count());
      assertEquals(
          List.of(5L, 3L, 2L),
          server.requests.stream().map(one -> one.getOptions().getMaxJourneys()).toList());
      assertTrue(server.requests.stream().allMatch(one -> one.getOptions().getDurationMs() > 0));
    }
  }

  @Test
  void attemptsAreLimited() throws IOException {
    var broken = PlayedServer.breakAfter();
    try (var server = new PlayedServer(broken, broken, broken, broken)) {
      var twice = new Reconnect(2, Duration.ofMillis(1), Duration.ofMillis(1));
      var end =
          endOf(server.client.trace(TraceRequest.getDefaultInstance(), twice), new ArrayList<>());
      assertEquals(Status.Code.UNAVAILABLE, end);
      assertEquals(3, server.requests.size());
    }
  }

  @Test
  void sessionsReconnectUnlessToldNotTo() throws IOException {
    var told =
        PlayedServer.started(1).toBuilder().setResumeToken(ByteString.copyFromUtf8("t1")).build();
    try (var server =
            new PlayedServer(PlayedServer.breakAfter(told), PlayedServer.breakAfter(told));
        var trace = server.client.trace(NIGHT)) {
      var events = trace.iterator();
      events.next();
      assertEquals(true, ((TraceEvent.Started) events.next()).resumed());
      assertEquals("t1", trace.resumeToken().toStringUtf8());
    }
    try (var server = new PlayedServer(PlayedServer.breakAfter(told))) {
      var trace = server.client.trace(NIGHT, Reconnect.NEVER);
      assertEquals(Status.Code.UNAVAILABLE, endOf(trace, new ArrayList<>()));
      assertEquals("t1", trace.resumeToken().toStringUtf8());
    }
  }

  @Test
  void onlyLostConnectionsAreTriedAgain() throws IOException {
    try (var server = new PlayedServer(PlayedServer.endWith(Status.INVALID_ARGUMENT, List.of()))) {
      var trace = server.client.trace(TraceRequest.getDefaultInstance(), QUICKLY);
      var reason = assertThrows(StatusRuntimeException.class, () -> trace.journeys().count());
      assertEquals(Status.Code.INVALID_ARGUMENT, reason.getStatus().getCode());
      assertEquals(1, server.requests.size());
    }
  }
}
