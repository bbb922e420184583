package io.github.ipftrace;

import io.github.ipftrace.v1.Manifest;
import io.github.ipftrace.v1.ManifestFunction;
import io.github.ipftrace.v1.ManifestGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads manifests: which functions to trace. */
public final class Manifests {
  /** Five arguments travel in registers that every backend can read. */
  private static final int MAX_SKB_POSITION = 5;

  private static final String FORM =
      "a manifest is a mapping with the key functions, and optionally name and description";
  private static final String FUNCTION_FORM =
      "the name of a function, or a mapping with the keys name, skb_pos and egress";
  private static final String NAME_RULE =
      "letters, digits, \"_\", \".\" and \"$\", not beginning with a digit, optionally after \"tracepoint:\"";

  /** What a kernel function can be called, also one that the compiler renamed, or a tracepoint. */
  private static final Pattern NAME = Pattern.compile("(?:tracepoint:)?[A-Za-z_.$][A-Za-z0-9_.$]*");

  private final YamlFile file;
  private final Map<String, ManifestFunction.Builder> byName = new HashMap<>();
  private final Map<String, Integer> lines = new HashMap<>();

  private Manifests(YamlFile file) {
    this.file = file;
  }

  /**
   * Reads a YAML file, as the ipftrace command does: groups of functions by name, the older form
   * whose functions have C declarations ("args"), or a plain list of functions.
   *
   * @throws FileException for what is wrong in the file
   */
  public static Loaded<Manifest> load(Path path) throws IOException {
    return parse(YamlFile.read(path), path.toString());
  }

  /**
   * Reads a text in UTF-8. The path is used in messages, and its base name is the manifest's name
   * where the text gives none.
   *
   * @throws FileException for what is wrong in the text
   */
  public static Loaded<Manifest> parse(byte[] text, String path) {
    var file = new YamlFile(path);
    var root = file.parse(text, "manifest");
    var manifest = new Manifests(file).manifest(root);
    file.check();
    return new Loaded<>(manifest, file.warningLines());
  }

  /** A function that is being read, by its place in the list. */
  private record Group(String name, String description, List<ManifestFunction.Builder> functions) {}

  private Manifest manifest(Node root) {
    var manifest = Manifest.newBuilder().setName(file.baseName());
    if (!(root instanceof MappingNode mapping)) {
      var what =
          YamlFile.isEmpty(root)
              ? "the file is empty: "
              : "the file holds " + YamlFile.describe(root) + ": ";
      file.error(root, what + FORM);
      return manifest.build();
    }
    var fields = file.fields(mapping, "a manifest", List.of("name", "description", "functions"));
    var name = file.text(fields, "name");
    if (!name.isEmpty()) manifest.setName(name);
    manifest.setDescription(file.text(fields, "description"));
    if (fields.containsKey("functions")) addGroups(manifest, fields.get("functions"));
    else file.error(root, "the key functions is missing: " + FORM);
    return manifest.build();
  }

  /** Groups without functions of their own are left out. */
  private void addGroups(Manifest.Builder manifest, Node node) {
    for (var group : groups(node)) {
      if (group.functions.isEmpty()) continue;
      var built = ManifestGroup.newBuilder().setName(group.name).setDescription(group.description);
      for (var function : group.functions) built.addFunctions(function);
      manifest.addGroups(built);
    }
  }

  private List<Group> groups(Node node) {
    if (node instanceof SequenceNode list)
      return List.of(new Group("", "", functions(list, "functions")));
    if (!(node instanceof MappingNode mapping)) {
      file.error(
          node,
          "functions is "
              + YamlFile.describe(node)
              + ": give groups of functions by name, or a list of functions");
      return List.of();
    }
    if (mapping.getValue().isEmpty())
      file.error(node, "functions is empty: give at least one function");
    List<Group> groups = new ArrayList<>();
    file.fields(mapping).forEach((name, group) -> groups.add(group(name, group)));
    return groups;
  }

  private Group group(String name, Node node) {
    var label = "the group " + YamlFile.quote(name);
    if (!(node instanceof MappingNode mapping)) return new Group(name, "", functions(node, label));
    var fields = file.fields(mapping, "a group", List.of("description", "functions"));
    var description = file.text(fields, "description");
    if (fields.containsKey("functions"))
      return new Group(name, description, functions(fields.get("functions"), label));
    file.error(
        node,
        label
            + " has no key functions: give a list of functions, or a mapping with description and functions");
    return new Group(name, description, List.of());
  }

  private List<ManifestFunction.Builder> functions(Node node, String label) {
    if (!(node instanceof SequenceNode list)) {
      file.error(node, label + " is " + YamlFile.describe(node) + ": give a list of functions");
      return List.of();
    }
    if (list.getValue().isEmpty())
      file.error(node, label + " is empty: give at least one function");
    List<ManifestFunction.Builder> functions = new ArrayList<>();
    for (var element : list.getValue()) {
      entry(element).filter(listed -> isNew(listed, element)).ifPresent(functions::add);
    }
    return functions;
  }

  /**
   * A function that is listed again keeps its first place, and ends journeys if any of its listings
   * says so.
   */
  private boolean isNew(ManifestFunction.Builder listed, Node at) {
    var name = listed.getName();
    var first = byName.putIfAbsent(name, listed);
    if (first == null) {
      lines.put(name, YamlFile.line(at));
      return true;
    }
    var change = "";
    var position = listed.getSkbPosition();
    if (first.getSkbPosition() != 0 && position != 0 && first.getSkbPosition() != position) {
      change = " with skb_pos " + first.getSkbPosition() + ", not " + position;
    }
    if (first.getEgress() != listed.getEgress())
      change += ", and journeys end with it, because one listing says so";
    file.warn(
        at,
        name + " is listed twice, first in line " + lines.get(name) + ": it stays there" + change);
    if (first.getSkbPosition() == 0) first.setSkbPosition(position);
    first.setEgress(first.getEgress() || listed.getEgress());
    return false;
  }

  /** Empty when the entry has no usable name, which is reported. */
  private Optional<ManifestFunction.Builder> entry(Node node) {
    if (node instanceof MappingNode mapping) return mapping(mapping);
    var text = YamlFile.textOf(node);
    if (text.isEmpty())
      file.error(node, "this entry is " + YamlFile.describe(node) + ": give " + FUNCTION_FORM);
    return text.filter(name -> isName(node, name))
        .map(name -> ManifestFunction.newBuilder().setName(name));
  }

  private Optional<ManifestFunction.Builder> mapping(MappingNode node) {
    var fields = file.fields(node, "a function", List.of("name", "skb_pos", "egress", "args"));
    if (!fields.containsKey("name"))
      file.error(node, "this entry has no name: give " + FUNCTION_FORM);
    var name = file.text(fields, "name");
    var isNamed = !name.isEmpty() && isName(fields.get("name"), name);
    var owner = isNamed ? name : "this function";
    var listed =
        ManifestFunction.newBuilder()
            .setName(name)
            .setSkbPosition(position(fields, owner))
            .setEgress(file.flag(fields, "egress", " of " + owner));
    return isNamed ? Optional.of(listed) : Optional.empty();
  }

  private boolean isName(Node at, String name) {
    if (NAME.matcher(name).matches()) return true;
    file.error(
        at, YamlFile.quote(name) + " cannot be the name of a kernel function: use " + NAME_RULE);
    return false;
  }

  private int position(Map<String, Node> fields, String owner) {
    var node = fields.get("skb_pos");
    if (node == null) return arguments(fields.get("args"), owner);
    var position = YamlFile.wholeNumber(node, 1, MAX_SKB_POSITION);
    if (position.isEmpty()) {
      file.error(
          node,
          "skb_pos of "
              + owner
              + " is "
              + YamlFile.describe(node)
              + ": give the position of its struct sk_buff * argument, 1-"
              + MAX_SKB_POSITION
              + ", or leave skb_pos out");
    }
    return position.orElse(0);
  }

  /** The oldest form of a manifest gives the function's arguments in C instead of a position. */
  private int arguments(Node node, String owner) {
    if (node == null) return 0;
    var texts =
        node instanceof SequenceNode list
            ? list.getValue().stream().map(YamlFile::textOf).toList()
            : null;
    if (texts == null || texts.stream().anyMatch(Optional::isEmpty)) {
      file.error(
          node,
          "args of "
              + owner
              + " must be a list of C declarations, for example [\"struct sk_buff *skb\"]");
      return 0;
    }
    var position = SkbArguments.position(texts.stream().map(Optional::orElseThrow).toList());
    if (position >= 1 && position <= MAX_SKB_POSITION) return position;
    file.error(
        node, "args of " + owner + " have no struct sk_buff * among the first " + MAX_SKB_POSITION);
    return 0;
  }
}
