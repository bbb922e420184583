package io.github.ipftrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonParser;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.github.ipftrace.v1.Manifest;
import io.github.ipftrace.v1.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class ConformanceTest {
  private interface Load {
    Loaded<? extends Message> from(Path path) throws IOException;
  }

  @TestFactory
  Stream<DynamicTest> recordedStreams() throws IOException {
    return Kit.files("cases", ".binpb").stream()
        .map(
            path ->
                dynamicTest(
                    path.getFileName().toString(),
                    () -> {
                      var decoder = new EventDecoder();
                      var events =
                          Kit.messages(path).stream()
                              .flatMap(message -> decoder.decode(message).stream());
                      Kit.compare(
                          events, Kit.withEnding(path, ".jsonl"), Kit.withEnding(path, ".txt"));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> manifests() throws IOException {
    return Kit.files("manifests", ".yaml").stream()
        .map(
            path ->
                dynamicTest(
                    path.getFileName().toString(),
                    () -> check(path, Manifest.newBuilder(), Manifests::load)));
  }

  @TestFactory
  Stream<DynamicTest> modules() throws IOException {
    return Kit.files("modules", ".yaml").stream()
        .map(
            path ->
                dynamicTest(
                    path.getFileName().toString(),
                    () -> check(path, Module.newBuilder(), Modules::load)));
  }

  private static void check(Path path, Message.Builder wanted, Load load) throws IOException {
    var expected = Files.readString(Kit.withEnding(path, ".json"));
    var refused = JsonParser.parseString(expected).getAsJsonObject().get("refusedInLine");
    if (refused == null) {
      JsonFormat.parser().merge(expected, wanted);
      assertEquals(wanted.build(), load.from(path).message());
      return;
    }
    var fault = assertThrows(FileException.class, () -> load.from(path));
    if (path.endsWith("refused-not-yaml.yaml")) return;
    assertEquals(refused.getAsInt(), fault.problems().get(0).line(), fault.getMessage());
  }
}
