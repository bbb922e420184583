import { renderListing } from "../manifest/list.js";
import { failUsage } from "./exit.js";
import type { Io } from "./io.js";
import { readManifest } from "./manifest-source.js";
import { print } from "./output.js";

/**
 * The option `-l`: the groups and functions of a manifest as the original listed them. Asks
 * no server and no kernel, and needs no privilege. Exit status 0; 2 when there is no such manifest.
 */
export async function printListing(manifestName: string, io: Io): Promise<number> {
  const manifest = readManifest(manifestName, io);
  if ("error" in manifest) return failUsage(io, manifest.error);
  await print(io, renderListing(manifest.value));
  return 0;
}
