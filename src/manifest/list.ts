import type { Manifest } from "../gen/ipftrace/v1/manifest.js";

/**
 * The listing of the original tool's `-l`: the name of each group on a line of its own, below it
 * its functions, each after two blanks. Functions of a group without a name stand alone, without
 * blanks, as the original printed a plain list. Every line ends with a line feed.
 */
export function renderListing(manifest: Manifest): string {
  const lines = manifest.groups.flatMap(({ name, functions }) =>
    name === "" ? functions.map((listed) => listed.name) : [name, ...functions.map((listed) => `  ${listed.name}`)],
  );
  return lines.map((line) => `${line}\n`).join("");
}
