import { basename, extname } from "node:path";
import { isMap, type Node } from "yaml";
import { quote } from "../filter/quote.js";
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";
import { readGroups } from "./groups.js";
import { checkSize, readManifestText } from "./manifest-text.js";
import { mergeRepeated } from "./merge.js";
import { Problems } from "./problems.js";
import { describeNode, type Fields, Source } from "./source.js";

/** A manifest that was read from a file. */
export interface LoadedManifest {
  readonly manifest: Manifest;
  /** What its author probably did not mean, each as `path:line:column: what`. */
  readonly warnings: string[];
}

/** Keys that a message repeats. */
const maxShownKeys = 5;
const fileForm = "a manifest is a mapping with the key functions, and optionally name and description";

/**
 * Reads the text of a manifest, in any of the forms that examples/manifests/generic.yaml explains
 * and in the older ones: entries with `args`, and a plain list under `functions`. `path` is used
 * in messages, and its base name is the manifest's name where the file gives none.
 *
 * Throws INVALID_INPUT with all errors of the file, one a line, each with path, line and column.
 */
export function parseManifest(text: string, path: string): LoadedManifest {
  checkSize(Buffer.byteLength(text), path);
  const problems = new Problems(path);
  const source = new Source(text, problems);
  const manifest = readManifest(source, basename(path, extname(path)));
  problems.throwErrors();
  return { manifest, warnings: problems.warnings() };
}

/** Reads a manifest file as {@link parseManifest} does. Throws INVALID_INPUT also when there is no such file. */
export function loadManifestFile(path: string): LoadedManifest {
  return parseManifest(readManifestText(path), path);
}

function readManifest(source: Source, defaultName: string): Manifest {
  const manifest: Manifest = { name: defaultName, description: "", groups: [] };
  const { root, problems } = source;
  if (root === undefined) {
    problems.error(0, `the file is empty: ${fileForm}`);
  } else if (isMap(root)) {
    const fields = source.knownFields(root, ["name", "description", "functions"], "a manifest");
    manifest.name = source.text(fields, "name") ?? defaultName;
    manifest.description = source.text(fields, "description") ?? "";
    manifest.groups = readFunctions(source, root, fields);
  } else {
    source.error(root, `the file holds ${describeNode(root)}: ${fileForm}`);
  }
  return manifest;
}

function readFunctions(source: Source, root: Node, fields: Fields): Manifest["groups"] {
  const functions = fields.get("functions");
  if (functions !== undefined) return mergeRepeated(source, readGroups(source, functions));
  const found = fields.size === 0 ? "" : `, found ${[...fields.keys()].slice(0, maxShownKeys).map(quote).join(", ")}`;
  source.error(root, `the key functions is missing${found}: ${fileForm}`);
  return [];
}
