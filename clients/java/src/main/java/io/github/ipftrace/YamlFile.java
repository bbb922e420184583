package io.github.ipftrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** One file that is read, and what is wrong with it. */
final class YamlFile {
  /** One with every function of a kernel that takes an sk_buff has about 100 KiB. */
  private static final int MAX_BYTES = 1 << 20;

  /** Nested aliases can make a small file a huge manifest. */
  private static final int MAX_ALIASES = 100;

  private static final int MAX_QUOTED = 60;

  private final String path;
  private final List<FileProblem> errors = new ArrayList<>();
  private final List<FileProblem> warnings = new ArrayList<>();

  YamlFile(String path) {
    this.path = path;
  }

  static byte[] read(Path path) throws IOException {
    // No more than the limit and one byte, so that endless devices and pipes do no harm.
    try (var file = Files.newInputStream(path)) {
      return file.readNBytes(MAX_BYTES + 1);
    }
  }

  /** The root of a text of one document; null when it is empty. */
  Node parse(byte[] bytes, String what) {
    var text = decode(bytes, what);
    var settings =
        LoadSettings.builder()
            .setLabel(path)
            .setSchema(new CoreSchema())
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();
    List<Node> documents = new ArrayList<>();
    try {
      new Compose(settings).composeAllFromString(text).forEach(documents::add);
    } catch (MarkedYamlEngineException fault) {
      throw fail(fault.getProblemMark(), "is not YAML: " + fault.getProblem());
    } catch (YamlEngineException fault) {
      throw fail(Optional.empty(), "is not YAML: " + fault.getMessage());
    }
    if (documents.size() > 1) {
      throw fail(
          secondDocument(settings, text),
          "another YAML document begins here: a " + what + " is one document");
    }
    return documents.isEmpty() ? null : documents.get(0);
  }

  private static Optional<Mark> secondDocument(LoadSettings settings, String text) {
    var documents = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      if (event.getEventId() == Event.ID.DocumentStart && ++documents > 1)
        return event.getStartMark();
    }
    return Optional.empty();
  }

  private String decode(byte[] bytes, String what) {
    if (bytes.length > MAX_BYTES)
      throw fail(Optional.empty(), "is larger than a " + what + " may be, " + MAX_BYTES + " bytes");
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException fault) {
      throw fail(Optional.empty(), "is not text in UTF-8: give a YAML file");
    }
  }

  private FileException fail(Optional<Mark> at, String what) {
    return new FileException(path, List.of(problem(at, what)));
  }

  void error(Node at, String what) {
    add(errors, at, what);
  }

  void warn(Node at, String what) {
    add(warnings, at, what);
  }

  /**
   * @throws FileException when something is wrong with the file
   */
  void check() {
    if (!errors.isEmpty()) throw new FileException(path, inOrder(errors));
  }

  List<String> warningLines() {
    return inOrder(warnings).stream().map(problem -> problem.in(path)).toList();
  }

  /** Aliases would repeat what is wrong with what they stand for. */
  private static void add(List<FileProblem> problems, Node at, String what) {
    var problem = problem(at == null ? Optional.empty() : at.getStartMark(), what);
    if (!problems.contains(problem)) problems.add(problem);
  }

  private static FileProblem problem(Optional<Mark> at, String what) {
    return at.map(mark -> new FileProblem(mark.getLine() + 1, mark.getColumn() + 1, what))
        .orElseGet(() -> new FileProblem(1, 1, what));
  }

  private static List<FileProblem> inOrder(List<FileProblem> problems) {
    return problems.stream()
        .sorted(Comparator.comparingInt(FileProblem::line).thenComparingInt(FileProblem::column))
        .toList();
  }

  static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  /** The fields of a mapping in their order; those that are given twice are reported. */
  Map<String, Node> fields(MappingNode mapping) {
    Map<String, Node> fields = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        error(tuple.getKeyNode(), "is not YAML: keys must be texts");
      } else if (fields.putIfAbsent(key.getValue(), tuple.getValueNode()) != null) {
        error(key, "the key " + quote(key.getValue()) + " is given twice: leave one of them out");
      }
    }
    return fields;
  }

  /** The same; keys other than the known ones are ignored with a warning. */
  Map<String, Node> fields(MappingNode mapping, String owner, List<String> known) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key && !known.contains(key.getValue())) {
        warn(
            key,
            "the key "
                + quote(key.getValue())
                + " is ignored: "
                + owner
                + " has the keys "
                + String.join(", ", known));
      }
    }
    return fields(mapping);
  }

  /**
   * The text of an optional field, without blanks around it; empty when it is absent or, which is
   * reported, not a text.
   */
  String text(Map<String, Node> fields, String key) {
    var node = fields.get(key);
    if (node == null) return "";
    var text = textOf(node).orElse("");
    if (text.isEmpty()) error(node, key + " is " + describe(node) + ": give a text");
    return text;
  }

  /**
   * The value of an optional field that is true or false; {@code owner} names what it belongs to.
   */
  boolean flag(Map<String, Node> fields, String key, String owner) {
    var node = fields.get(key);
    if (node == null) return false;
    if (!node.getTag().equals(Tag.BOOL)) {
      error(node, key + owner + " is " + describe(node) + ": give true or false");
      return false;
    }
    return ((ScalarNode) node).getValue().equalsIgnoreCase("true");
  }

  /** The text of a scalar that is one, without blanks around it. */
  static Optional<String> textOf(Node node) {
    return node instanceof ScalarNode scalar && isText(scalar)
        ? Optional.of(scalar.getValue().strip())
        : Optional.empty();
  }

  static boolean isEmpty(Node node) {
    return node == null || node.getTag().equals(Tag.NULL);
  }

  private static boolean isText(ScalarNode scalar) {
    return !Set.of(Tag.NULL, Tag.BOOL, Tag.INT, Tag.FLOAT).contains(scalar.getTag());
  }

  /** A whole number from {@code least} to {@code most}; empty for anything else. */
  static Optional<Integer> wholeNumber(Node node, int least, int most) {
    if (!(node instanceof ScalarNode scalar) || !Set.of(Tag.INT, Tag.FLOAT).contains(node.getTag()))
      return Optional.empty();
    try {
      var number = number(scalar.getValue());
      return number >= least && number <= most && number == Math.rint(number)
          ? Optional.of((int) number)
          : Optional.empty();
    } catch (NumberFormatException tooLarge) {
      return Optional.empty();
    }
  }

  private static double number(String text) {
    if (text.startsWith("0x")) return Long.parseLong(text.substring(2), 16);
    if (text.startsWith("0o")) return Long.parseLong(text.substring(2), 8);
    return Double.parseDouble(text);
  }

  static String describe(Node node) {
    if (!(node instanceof ScalarNode scalar))
      return node instanceof MappingNode ? "a mapping" : "a list";
    if (isEmpty(node)) return "empty";
    if (isText(scalar)) return "the text " + quote(scalar.getValue());
    return node.getTag().equals(Tag.BOOL) ? scalar.getValue() : "the number " + scalar.getValue();
  }

  /** Text of a file, fit for a message: in double quotes, shortened, control characters escaped. */
  static String quote(String text) {
    var isLong = text.codePointCount(0, text.length()) > MAX_QUOTED;
    var shown = isLong ? text.substring(0, text.offsetByCodePoints(0, MAX_QUOTED)) + "…" : text;
    return '"' + Chars.printable(shown.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  /** The file's name without its extension. */
  String baseName() {
    var name = Path.of(path).getFileName().toString();
    var dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
