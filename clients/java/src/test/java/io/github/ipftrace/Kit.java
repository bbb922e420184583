package io.github.ipftrace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import io.github.ipftrace.v1.TraceResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The conformance kit, which is described in its README.md. */
final class Kit {
  private static final Path FOLDER =
      Path.of(System.getenv().getOrDefault("IPFTRACE_CONFORMANCE", "../conformance"))
          .toAbsolutePath()
          .normalize();

  private Kit() {}

  /** Files of one folder of the kit; at least one. */
  static List<Path> files(String folder, String ending) throws IOException {
    try (var all = Files.walk(FOLDER.resolve(folder))) {
      var found = all.filter(path -> path.toString().endsWith(ending)).sorted().toList();
      assertEquals(false, found.isEmpty(), "no " + ending + " in " + FOLDER);
      return found;
    }
  }

  static Path withEnding(Path path, String ending) {
    return Path.of(path.toString().replaceFirst("\\.\\w+$", ending));
  }

  static List<TraceResponse> messages(Path path) throws IOException {
    List<TraceResponse> messages = new ArrayList<>();
    try (var file = Files.newInputStream(path)) {
      for (var next = TraceResponse.parseDelimitedFrom(file);
          next != null;
          next = TraceResponse.parseDelimitedFrom(file)) {
        messages.add(next);
      }
    }
    return messages;
  }

  /** Compares what events say, as JSON and as text, with two files. */
  static void compare(Stream<TraceEvent> events, Path json, Path text) throws IOException {
    var told = events.toList();
    var expected = Files.readAllLines(json);
    for (var index = 0; index < Math.min(expected.size(), told.size()); index++) {
      var line = told.get(index).json();
      assertEquals(
          JsonParser.parseString(expected.get(index)),
          JsonParser.parseString(line),
          "event " + (index + 1));
    }
    assertEquals(expected.size(), told.size(), "number of events");
    var printed = new StringBuilder();
    for (var event : told) if (event instanceof Journey journey) printed.append(journey);
    assertEquals(Files.readString(text), printed.toString());
  }
}
