/**
 * The imports of a source file: static ones, re-exports, and `import("...")` with a literal.
 *
 * Not seen are imports whose name is computed. `require` would need node:module, which shows.
 */

/** One import of one file. */
export interface Import {
  readonly specifier: string;
  /** Written `import type` or `export type`: gone after compilation. */
  readonly typesOnly: boolean;
}

const STATIC_IMPORT = /^import\s+(type\s+)?(?:[\w$*{}\s,]+?\sfrom\s+)?["']([^"']+)["']/gm;
const RE_EXPORT = /^export\s+(type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*()["']([^"']+)["']\s*\)/g;

/** The imports of a TypeScript source. */
export function importsOf(source: string): Import[] {
  return [STATIC_IMPORT, RE_EXPORT, DYNAMIC_IMPORT].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, type, specifier = ""]) => ({ specifier, typesOnly: Boolean(type) })),
  );
}
