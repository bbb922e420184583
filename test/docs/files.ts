import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Paths of the pages that users read, below the root. */
export const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "test/vm/README.md",
];

/** The text of a page. */
export function readPage(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
