package io.github.ipftrace;

import io.github.ipftrace.v1.CustomField;
import io.github.ipftrace.v1.CustomSchema;
import io.github.ipftrace.v1.CustomValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The fields of one trace's modules. */
final class Schemas {
  private final List<CustomSchema> all;
  private final Map<Integer, Known> byId = new HashMap<>();

  private record Known(String module, CustomField field, String key) {}

  private Schemas(List<CustomSchema> all) {
    this.all = all;
    var uses =
        all.stream()
            .flatMap(schema -> schema.getFieldsList().stream())
            .collect(Collectors.groupingBy(CustomField::getName, Collectors.counting()));
    for (var schema : all) {
      for (var field : schema.getFieldsList()) {
        var name = field.getName();
        var key = uses.get(name) > 1 ? schema.getName() + "." + name : name;
        byId.put(field.getFieldId(), new Known(schema.getName(), field, key));
      }
    }
  }

  /** Null when no module adds anything. */
  static Schemas of(List<CustomSchema> all) {
    return all.isEmpty() ? null : new Schemas(all);
  }

  /** Leaves out what no schema describes. */
  List<NamedValue> values(List<CustomValue> messages) {
    List<NamedValue> values = new ArrayList<>(messages.size());
    for (var message : messages) {
      var known = byId.get(message.getFieldId());
      if (known != null) values.add(new NamedValue(message, known.module, known.field, known.key));
    }
    return List.copyOf(values);
  }

  /**
   * One cell, {@code (len: 2101 gso_type: SKB_GSO_TCPV4)} for each module; empty where nothing was
   * collected. A field that could not be read is shown as "?": zero would be a claim.
   */
  String text(List<NamedValue> values) {
    Map<Integer, NamedValue> found = new HashMap<>();
    for (var value : values) found.put(value.field().getFieldId(), value);
    return all.stream()
        .filter(
            schema ->
                schema.getFieldsList().stream()
                    .anyMatch(field -> found.containsKey(field.getFieldId())))
        .map(
            schema ->
                schema.getFieldsList().stream()
                    .map(field -> cell(field, found.get(field.getFieldId())))
                    .collect(Collectors.joining(" ", "(", ")")))
        .collect(Collectors.joining(" "));
  }

  private static String cell(CustomField field, NamedValue value) {
    return Chars.printable(field.getName())
        + ": "
        + (value == null ? "?" : Chars.printable(value.text()));
  }
}
