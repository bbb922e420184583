package io.github.ipftrace;

import io.github.ipftrace.v1.CustomKind;
import io.github.ipftrace.v1.Module;
import io.github.ipftrace.v1.ModuleField;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads declarative modules: what to read of every packet at every function. */
public final class Modules {
  private static final String FORM =
      "a module is a mapping with the key fields, and optionally name, description and match";
  private static final String FIELD_FORM = "a mapping with the keys name and read";
  private static final String READ_FORM =
      "a path such as skb->len, or a list of them to try in this order";
  private static final String NAME_RULE = "letters, digits, \"_\" and \"-\", 64 at most";
  private static final int MAX_DESCRIPTION = 1024;
  private static final int MAX_ALTERNATIVES = 8;
  private static final Pattern NAME = Pattern.compile("[\\w-]{1,64}");
  private static final Pattern ENUM_OR_PATTERN = Pattern.compile("[A-Za-z_]\\w{0,127}\\*?");

  /** In the order in which messages list them. */
  private static final List<String> KINDS =
      List.of(
          "unsigned",
          "signed",
          "bool",
          "string",
          "bytes",
          "ip",
          "mac",
          "enum",
          "flags",
          "hex",
          "big-endian");

  private static final Set<CustomKind> WITH_NAMES =
      EnumSet.of(
          CustomKind.CUSTOM_KIND_ENUM,
          CustomKind.CUSTOM_KIND_FLAGS,
          CustomKind.CUSTOM_KIND_UNSPECIFIED);

  private final YamlFile file;
  private final Set<String> names = new HashSet<>();

  private Modules(YamlFile file) {
    this.file = file;
  }

  /**
   * Reads a YAML file, as the ipftrace command does. What its expressions mean is for the node to
   * judge.
   *
   * @throws FileException for what is wrong in the file
   */
  public static Loaded<Module> load(Path path) throws IOException {
    return parse(YamlFile.read(path), path.toString());
  }

  /**
   * Reads a text in UTF-8. The path is used in messages, and its base name is the module's name
   * where the text gives none.
   *
   * @throws FileException for what is wrong in the text
   */
  public static Loaded<Module> parse(byte[] text, String path) {
    var file = new YamlFile(path);
    var root = file.parse(text, "module");
    var module = new Modules(file).module(root);
    file.check();
    return new Loaded<>(module, file.warningLines());
  }

  private Module module(Node root) {
    var module = Module.newBuilder().setName(file.baseName());
    if (!(root instanceof MappingNode mapping)) {
      var what =
          YamlFile.isEmpty(root)
              ? "the file is empty: "
              : "the file holds " + YamlFile.describe(root) + ": ";
      file.error(root, what + FORM);
      return module.build();
    }
    var keys = file.fields(mapping, "a module", List.of("name", "description", "match", "fields"));
    var name = file.text(keys, "name");
    if (!name.isEmpty()) module.setName(name);
    module.setDescription(file.text(keys, "description")).setMatch(file.text(keys, "match"));
    if (!NAME.matcher(module.getName()).matches()) {
      var what =
          YamlFile.quote(module.getName()) + " cannot be the name of a module: use " + NAME_RULE;
      file.error(keys.getOrDefault("name", root), what);
    }
    checkLength(keys.get("description"), module.getDescription());
    addFields(module, root, keys.get("fields"));
    return module.build();
  }

  private void addFields(Module.Builder module, Node root, Node node) {
    if (node == null) {
      file.error(root, "the key fields is missing: " + FORM);
    } else if (node instanceof SequenceNode list) {
      if (list.getValue().isEmpty()) {
        file.error(
            node,
            "the module " + YamlFile.quote(module.getName()) + " has no fields: give at least one");
      }
      for (var element : list.getValue()) {
        if (element instanceof MappingNode mapping) module.addFields(field(mapping));
        else
          file.error(
              element, "this field is " + YamlFile.describe(element) + ": give " + FIELD_FORM);
      }
    } else {
      file.error(
          node, "fields is " + YamlFile.describe(node) + ": give a list, each entry " + FIELD_FORM);
    }
  }

  private ModuleField field(MappingNode node) {
    var known = List.of("name", "read", "kind", "unit", "description", "names_from", "optional");
    var keys = file.fields(node, "a field", known);
    for (var key : List.of("name", "read")) {
      if (!keys.containsKey(key))
        file.error(node, "this field has no " + key + ": give " + FIELD_FORM);
    }
    var field =
        ModuleField.newBuilder()
            .setName(file.text(keys, "name"))
            .setUnit(file.text(keys, "unit"))
            .setDescription(file.text(keys, "description"))
            .setNamesFrom(file.text(keys, "names_from"))
            .setKind(kind(keys))
            .setOptional(file.flag(keys, "optional", ""));
    addPaths(field, keys.get("read"));
    if (!field.getName().isEmpty()) checkName(keys.get("name"), field.getName());
    checkLength(keys.get("unit"), field.getUnit());
    checkLength(keys.get("description"), field.getDescription());
    checkNames(keys.get("names_from"), field);
    return field.build();
  }

  private void addPaths(ModuleField.Builder field, Node node) {
    if (node == null) return;
    var isList = node instanceof SequenceNode;
    var nodes = node instanceof SequenceNode list ? list.getValue() : List.of(node);
    var paths =
        nodes.stream()
            .map(YamlFile::textOf)
            .flatMap(Optional::stream)
            .filter(path -> !path.isEmpty())
            .toList();
    if (paths.isEmpty() || paths.size() != nodes.size()) {
      var given = isList ? "a list of other things" : YamlFile.describe(node);
      file.error(node, "read is " + given + ": give " + READ_FORM);
      return;
    }
    field.setRead(paths.get(0)).addAllAlternatives(paths.subList(1, paths.size()));
    if (field.getAlternativesCount() <= MAX_ALTERNATIVES) return;
    file.error(
        node,
        "has "
            + field.getAlternativesCount()
            + " alternatives: give "
            + MAX_ALTERNATIVES
            + " at most");
  }

  private CustomKind kind(Map<String, Node> keys) {
    var word = file.text(keys, "kind");
    if (word.isEmpty()) return CustomKind.CUSTOM_KIND_UNSPECIFIED;
    if (KINDS.contains(word))
      return CustomKind.valueOf("CUSTOM_KIND_" + word.toUpperCase(Locale.ROOT).replace('-', '_'));
    file.error(
        keys.get("kind"),
        YamlFile.quote(word) + " is not a kind: the kinds are " + String.join(", ", KINDS));
    return CustomKind.CUSTOM_KIND_UNSPECIFIED;
  }

  private void checkName(Node at, String name) {
    if (!names.add(name)) file.error(at, YamlFile.quote(name) + " is given twice");
    if (NAME.matcher(name).matches()) return;
    file.error(at, YamlFile.quote(name) + " cannot be the name of a field: use " + NAME_RULE);
  }

  private void checkLength(Node at, String text) {
    var length = text.codePointCount(0, text.length());
    if (length > MAX_DESCRIPTION)
      file.error(at, "has " + length + " characters: give " + MAX_DESCRIPTION + " at most");
  }

  private void checkNames(Node at, ModuleField.Builder field) {
    if (field.getNamesFrom().isEmpty()) return;
    if (!WITH_NAMES.contains(field.getKind())) {
      file.error(at, "only the kinds enum and flags have names: leave one of them out");
    }
    if (ENUM_OR_PATTERN.matcher(field.getNamesFrom()).matches()) return;
    file.error(
        at,
        YamlFile.quote(field.getNamesFrom())
            + " is no name of an enum, and no beginning of names: give for example \"skb_drop_reason\" or \"SKB_GSO_*\"");
  }
}
