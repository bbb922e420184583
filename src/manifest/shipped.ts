import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IpftraceError } from "../errors.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";
import type { LoadedManifest } from "./load.js";

/**
 * Those of examples/manifests, as the build has read them (scripts/bundle.mjs): reading the YAML of generic takes
 * as long as reading the kernel's functions.
 */
const directory = fileURLToPath(new URL("../../dist/manifests", import.meta.url));

/**
 * The built-in manifest of everything. It has no groups, because only the kernel knows its
 * functions: the collector fills them in.
 */
const allManifest: Manifest = {
  name: "all",
  description: "Every function of the kernel and its modules that has an sk_buff and can be traced.",
  groups: [],
};

/** Those that have been read: they are a part of the program. */
const known = new Map<string, LoadedManifest>([[allManifest.name, { manifest: allManifest, warnings: [] }]]);

/** The names of the manifests that come with ipftrace, sorted. */
export function shippedManifestNames(): string[] {
  const inFiles = readdirSync(directory).flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? []);
  return [allManifest.name, ...inFiles].sort();
}

/**
 * Reads a manifest that comes with ipftrace. The name may come from a remote client: only names of
 * {@link shippedManifestNames} are looked up, never paths. Throws INVALID_INPUT for any other.
 */
export function loadShippedManifest(name: string): LoadedManifest {
  const before = known.get(name);
  if (before !== undefined) return before;
  const names = shippedManifestNames();
  if (names.includes(name)) {
    const loaded: LoadedManifest = JSON.parse(readFileSync(join(directory, `${name}.json`), "utf8"));
    known.set(name, loaded);
    return loaded;
  }
  const description = `there is no manifest ${quote(name)}${didYouMean(name, names)}: the manifests are ${names.join(", ")}`;
  throw new IpftraceError("INVALID_INPUT", description, { violations: [{ field: "manifest_name", description }] });
}
