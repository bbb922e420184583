/** What MANIFEST_FILE means: a file, which is read here, or the name of a manifest that ipftrace comes with. */

import { statSync } from "node:fs";
import { printable } from "../client/printable.js";
import { didYouMean } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";
import { type LoadedManifest, loadManifestFile } from "../manifest/load.js";
import { loadShippedManifest, shippedManifestNames } from "../manifest/shipped.js";
import type { Io } from "./io.js";
import type { ManifestSource } from "./request.js";

/**
 * The manifest as a request carries it: a file inline, a shipped one by its name. A server
 * elsewhere may have more manifests than are shipped here, so with `server` any bare name
 * is left for it to judge. Warnings about a file go to standard error.
 *
 * The error is for a name that is neither; a file that cannot be used throws an IpftraceError.
 */
export function resolveManifest(name: string, server: string | undefined, io: Pick<Io, "err">): Parsed<ManifestSource> {
  if (isFile(name)) return { value: { $case: "manifest", value: withWarnings(loadManifestFile(name), io) } };
  const known = shippedManifestNames().includes(name) || (server !== undefined && /^[\w-]+$/.test(name));
  return known ? { value: { $case: "manifestName", value: name } } : neither(name);
}

/** The manifest itself, for a listing, which asks no server. */
export function readManifest(name: string, io: Pick<Io, "err">): Parsed<Manifest> {
  if (isFile(name)) return { value: withWarnings(loadManifestFile(name), io) };
  if (shippedManifestNames().includes(name)) return { value: withWarnings(loadShippedManifest(name), io) };
  return neither(name);
}

/** Whether a name is that of a file. True also for what cannot be examined: reading it tells why. */
export function isFile(name: string): boolean {
  try {
    const found = statSync(name, { throwIfNoEntry: false });
    return found !== undefined && !found.isDirectory();
  } catch {
    return true;
  }
}

function neither(name: string): Parsed<never> {
  const names = shippedManifestNames();
  return {
    error: `MANIFEST_FILE ${quote(name)}: no such file, and no shipped manifest of that name${didYouMean(name, names)} (shipped: ${names.join(", ")})`,
  };
}

function withWarnings({ manifest, warnings }: LoadedManifest, { err }: Pick<Io, "err">): Manifest {
  for (const warning of warnings) err.write(`ipftrace: warning: ${printable(warning)}\n`);
  return manifest;
}
