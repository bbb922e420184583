/** Reads a module from a YAML file, in the form that docs/modules.md explains. */
import { basename, extname } from "node:path";
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { type Module, ModuleField } from "../gen/ipftrace/v1/custom.js";
import { checkSize, readManifestText } from "../manifest/manifest-text.js";
import { Problems } from "../manifest/problems.js";
import { describeNode, type Fields, Source } from "../manifest/source.js";
import { kindOfWord, moduleFaults } from "./check.js";

/** A module that was read from a file. */
export interface LoadedModule {
  readonly module: Module;
  /** What its author probably did not mean, each as `path:line:column: what`. */
  readonly warnings: string[];
}

const moduleKeys = ["name", "description", "match", "fields"];
const fieldKeys = ["name", "read", "kind", "unit", "description", "names_from", "optional"];
const fileForm = "a module is a mapping with the key fields, and optionally name, description and match";
const fieldForm = "a mapping with the keys name and read";
const readForm = "a path such as skb->len, or a list of them to try in this order";

/**
 * Reads the text of a module; `path` is used in messages, and its base name is the module's name
 * where the file gives none. Throws INVALID_INPUT with all errors of the file, one a line, each
 * with path, line and column. What its expressions mean is for the node to judge.
 */
export function parseModule(text: string, path: string): LoadedModule {
  checkSize(Buffer.byteLength(text), path, "module");
  const problems = new Problems(path);
  const reader = new ModuleReader(new Source(text, problems, "module"), basename(path, extname(path)));
  const module = reader.read();
  problems.throwErrors();
  return { module, warnings: problems.warnings() };
}

/** Reads a module file as {@link parseModule} does. Throws INVALID_INPUT also when there is no such file. */
export function loadModuleFile(path: string): LoadedModule {
  return parseModule(readManifestText(path, "module"), path);
}

class ModuleReader {
  readonly #source: Source;
  readonly #module: Module;
  /** Where each part of the module stands, by the path that checks give it. */
  readonly #places = new Map<string, Node>();

  constructor(source: Source, name: string) {
    this.#source = source;
    this.#module = { name, description: "", fields: [], match: "", object: Buffer.alloc(0) };
  }

  read(): Module {
    const { root, problems } = this.#source;
    if (root === undefined) problems.error(0, `the file is empty: ${fileForm}`);
    else if (isMap(root)) this.#readModule(root);
    else this.#source.error(root, `the file holds ${describeNode(root)}: ${fileForm}`);
    return this.#module;
  }

  #readModule(root: YAMLMap): void {
    const fields = this.#source.knownFields(root, moduleKeys, "a module");
    this.#place("module", root);
    for (const key of ["name", "description", "match"] as const) {
      this.#module[key] = this.#source.text(fields, key) ?? this.#module[key];
      this.#place(`module.${key}`, fields.get(key) ?? root);
    }
    const list = fields.get("fields");
    if (list === undefined) this.#source.error(root, `the key fields is missing: ${fileForm}`);
    else this.#readFields(list);
  }

  #readFields(list: Node): void {
    if (!isSeq(list)) {
      this.#source.error(list, `fields is ${describeNode(list)}: give a list, each entry ${fieldForm}`);
      return;
    }
    this.#place("module.fields", list);
    let isWhole = true;
    for (const [index, node] of this.#source.elements(list).entries()) {
      if (isMap(node)) isWhole = this.#readField(node, `module.fields[${index}]`) && isWhole;
      else {
        this.#source.error(node, `this field is ${describeNode(node)}: give ${fieldForm}`);
        isWhole = false;
      }
    }
    if (isWhole) this.#check();
  }

  /** False when the field cannot be used, which is reported. */
  #readField(node: YAMLMap, path: string): boolean {
    const source = this.#source;
    const keys = source.knownFields(node, fieldKeys, "a field");
    const field = ModuleField.fromPartial({});
    this.#place(path, node);
    for (const [key, member] of [
      ["name", "name"],
      ["unit", "unit"],
      ["description", "description"],
      ["names_from", "namesFrom"],
    ] as const) {
      field[member] = source.text(keys, key) ?? "";
      this.#place(`${path}.${key}`, keys.get(key) ?? node);
    }
    for (const key of ["name", "read"])
      if (!keys.has(key)) source.error(node, `this field has no ${key}: give ${fieldForm}`);
    const isRead = this.#readPaths(keys, field, path);
    this.#readKind(keys, field);
    field.optional = this.#readFlag(keys, "optional");
    this.#module.fields.push(field);
    return isRead && field.name !== "";
  }

  #readPaths(keys: Fields, field: ModuleField, path: string): boolean {
    const node = keys.get("read");
    if (node === undefined) return false;
    this.#place(`${path}.read`, node);
    const nodes = isSeq(node) ? this.#source.elements(node) : [node];
    const texts = nodes.flatMap((one) =>
      isScalar(one) && typeof one.value === "string" && one.value.trim() !== "" ? [one.value.trim()] : [],
    );
    if (texts.length !== nodes.length || texts.length === 0) {
      this.#source.error(
        node,
        `read is ${isSeq(node) ? "a list of other things" : describeNode(node)}: give ${readForm}`,
      );
      return false;
    }
    const [read = "", ...alternatives] = texts;
    field.read = read;
    field.alternatives = alternatives;
    return true;
  }

  #readKind(keys: Fields, field: ModuleField): void {
    const word = this.#source.text(keys, "kind");
    const node = keys.get("kind");
    if (word === undefined || node === undefined) return;
    const kind = kindOfWord(word);
    if (typeof kind === "number") field.kind = kind;
    else this.#source.error(node, kind.error);
  }

  #readFlag(keys: Fields, key: string): boolean {
    const node = keys.get(key);
    if (node === undefined) return false;
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.#source.error(node, `${key} is ${describeNode(node)}: give true or false`);
    return false;
  }

  /** What is checked of a message is checked here, too, and told at its place. */
  #check(): void {
    for (const { field, description } of moduleFaults(this.#module, "module")) {
      const node = this.#places.get(field) ?? this.#places.get("module");
      if (node !== undefined) this.#source.error(node, description);
    }
  }

  #place(path: string, node: Node): void {
    this.#places.set(path, node);
  }
}
