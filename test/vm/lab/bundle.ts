/** Makes one file of the guest's program: emulated, 500 small files take 10 s to load. The worker is that of the build. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SOURCE = join(ROOT, "src");
/** Where the bundle goes; a folder of the checkout, which the guest sees. */
export const LAB_FOLDER = join(ROOT, "dist", "lab");

/** Modules find their files by their own address: each keeps the one that it has when built. */
const addresses: Plugin = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const built = join(ROOT, "dist", relative(SOURCE, path).replace(/\.ts$/, ".js"));
      const text = await readFile(path, "utf8");
      const contents = text.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(built).href));
      return { contents, loader: "ts" };
    });
  },
};

/** Bundles guest.ts, and compiles the programs of the scenarios beside it; its path. */
export async function bundleGuest(): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL("guest.ts", import.meta.url))],
    outdir: LAB_FOLDER,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Native, or looking for files beside themselves.
    external: ["koffi", "grpc-health-check", "tsx"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [addresses],
  });
  const include = `/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
  for (const name of ["xdp-pass", "set-fields"]) {
    compile(`${name}.bpf.c`, `${name}.o`, ["-O2", "-target", "bpf", "-I", include, "-c"]);
  }
  for (const name of ["list-connections", "ovs-drop", "spin"]) compile(`${name}.c`, name, ["-O1"]);
  compile("../../helpers/capture.c", "capture", ["-O1"]);
  return join(LAB_FOLDER, "guest.mjs");
}

/** From a file beside this one to one beside the bundle. */
function compile(source: string, target: string, flags: readonly string[]): void {
  const file = fileURLToPath(new URL(source, import.meta.url));
  execFileSync("clang", [...flags, file, "-o", join(LAB_FOLDER, target)]);
}
