/**
 * Builds dist/ from src/: the commands and the worker, one file each, and what V8 makes of them.
 *
 *   dist/cli/main.js              what one runs: loads the two below
 *   dist/cli/main-HASH.cjs        the program with everything that it imports
 *   dist/cli/main-HASH.cjs.code   its compiled code (src/release/load-bundle.ts)
 *   dist/manifests/NAME.json      examples/manifests, read and checked
 *   dist/protobuf.cjs             descriptors and JSON of protobuf, which only HTTP needs
 *   dist/bundle.json              the programs, and the packages in them or beside them (scripts/package.mjs)
 *
 * Problem: resolving, reading and compiling 600 modules takes longer than everything else at start.
 * Limits:  import.meta.url is that of an output file; all lie in folders just below dist/, so
 *          that paths relative to it hold as in src/.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { tsImport } from "tsx/esm/api";

/** Packages that read files of their own, or that few need. */
const external = ["koffi", "grpc-health-check", "@grpc/reflection", "prom-client"];
// Without dynamic imports: a script that was compiled before has no loader for them.
const supported = { "dynamic-import": false };
const common = { supported, bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "warning" };

/** In a file of its own: with it every start would read a tenth more. */
const protobuf = ["@bufbuild/protobuf", "@bufbuild/protobuf/wkt"];
await build({
  ...common,
  stdin: { contents: protobuf.map((name) => `export * from "${name}";`).join("\n"), resolveDir: "." },
  outfile: "dist/protobuf.cjs",
});
const protobufBeside = {
  name: "protobuf",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@bufbuild\/protobuf(\/wkt)?$/ }, () => ({ path: "../protobuf.cjs", external: true })),
};

const { metafile } = await build({
  ...common,
  entryPoints: ["src/cli/main.ts", "src/cli/demo-peer.ts", "src/collector/worker.ts"],
  outdir: "dist",
  outbase: "src",
  entryNames: "[dir]/[name]-[hash]",
  outExtension: { ".js": ".cjs" },
  sourcemap: "linked",
  external,
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  metafile: true,
  plugins: [protobufBeside],
});
await build({ ...common, entryPoints: ["src/release/load-bundle.ts"], outfile: "dist/load-bundle.js" });
writeFileSync("dist/package.json", '{ "type": "commonjs" }\n');

/** A program that node runs as it is. */
function writeProgram(path, text) {
  writeFileSync(path, `#!/usr/bin/env node\n${text}\n`);
  chmodSync(path, 0o755);
}

const programs = [];
for (const [bundle, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint === undefined) continue;
  const program = join(dirname(bundle), basename(entryPoint).replace(/\.ts$/, ".js"));
  const name = JSON.stringify(`/${basename(bundle)}`);
  const load = `require("../load-bundle.js").loadBundle(__dirname + ${name}, __dirname + ${name} + ".code");`;
  writeProgram(program, load);
  programs.push(program, bundle);
}
// `ipftrace serve` under the name that a daemon has.
writeProgram("dist/cli/ipftraced.js", 'process.argv.splice(2, 0, "serve");\nrequire("./main.js");');
programs.push("dist/cli/ipftraced.js", "dist/load-bundle.js", "dist/package.json");

// For reflection, with the comments: they are the contract's documentation.
const contract = spawnSync(
  "node_modules/.bin/buf",
  ["build", "--as-file-descriptor-set", "-o", "dist/contract.binpb"],
  {
    stdio: "inherit",
  },
);
if (contract.status !== 0) throw new Error("buf could not build the contract");
programs.push("dist/contract.binpb", "dist/protobuf.cjs");

const { loadManifestFile } = await tsImport("../src/manifest/load.ts", import.meta.url);
rmSync("dist/manifests", { recursive: true, force: true });
mkdirSync("dist/manifests");
for (const file of readdirSync("examples/manifests")) {
  const loaded = loadManifestFile(join("examples/manifests", file));
  if (loaded.warnings.length > 0) throw new Error(loaded.warnings.join("\n"));
  const path = join("dist/manifests", `${basename(file, ".yaml")}.json`);
  writeFileSync(path, JSON.stringify(loaded));
  programs.push(path);
}

/** The folder of the package that a source belongs to; none for ours. */
const packageFolders = Object.keys(metafile.inputs).flatMap(
  (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
);
const bundled = [...new Set(packageFolders)].sort();
writeFileSync("dist/bundle.json", `${JSON.stringify({ programs: programs.sort(), bundled, external }, null, 2)}\n`);

// What is run most: each program leaves the code of what it ran. Without privileges this reports that
// nothing can be traced, and leaves less. No packet is traced.
const env = { ...process.env, IPFTRACE_WRITE_CODE: "1" };
spawnSync(process.execPath, ["dist/cli/main.js", "explain", "all"], { env, stdio: "ignore" });
