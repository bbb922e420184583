import { renderListing } from "../manifest/list.js";
import { failUsage } from "./exit.js";
import type { Io } from "./io.js";
import { readManifest } from "./manifest-source.js";
import { print } from "./output.js";

/**
 * The option `-l`: the groups and functions of a manifest as the original listed them. Asks
 * no server and no kernel, and needs no privilege. Exit status 0; 2 when there is no such manifest,
 * or when only a kernel knows its functions.
 */
export async function printListing(manifestName: string, io: Io): Promise<number> {
  const manifest = readManifest(manifestName, io);
  if ("error" in manifest) return failUsage(io, manifest.error);
  if (manifest.value.groups.length === 0) {
    const { name } = manifest.value;
    return failUsage(io, `the functions of ${name} depend on the running kernel: see "ipftrace list ${name}"`);
  }
  await print(io, renderListing(manifest.value));
  return 0;
}
