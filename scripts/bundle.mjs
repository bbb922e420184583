/**
 * Builds dist/ from src/: the commands, the worker and what they share, in a few files.
 *
 * Problem: resolving and reading 600 modules takes longer than everything else at start.
 * Choice:  esbuild puts them together, split where an import is not always needed.
 * Limits:  import.meta.url is that of an output file; all lie in folders just below dist/, so
 *          that paths relative to it hold as in src/.
 */
import { build } from "esbuild";

/** Packages that read files of their own. */
const external = ["koffi", "grpc-health-check"];

await build({
  entryPoints: ["src/cli/main.ts", "src/cli/ipftraced.ts", "src/cli/demo-peer.ts", "src/collector/worker.ts"],
  outdir: "dist",
  outbase: "src",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "linked",
  external,
  // CommonJS packages ask for Node's own modules by require().
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  logLevel: "warning",
});
