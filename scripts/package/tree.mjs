/** The folder that both packages have: the program with everything that it reads at run time. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { copy, copyFolder, write } from "./files.mjs";
import { isRuntimeFile, licences, withDependencies } from "./npm-packages.mjs";

/** sh, because minimal systems have no bash. The program is found through links to this file. */
const launcher = (program) => `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$root/libexec/node" "$root/dist/cli/${program}" "$@"
`;

/** Fills WORK/program, and returns its path. */
export function stageProgram({ root, work, node }) {
  const program = join(work, "program");
  const { programs, bundled, external } = JSON.parse(readFileSync(join(root, "dist/bundle.json"), "utf8"));
  for (const path of programs) copy(join(root, path), join(program, path));
  for (const folder of ["dist/bpf", "bpf/include", "examples", "proto"]) {
    copyFolder(join(root, folder), join(program, folder));
  }
  const beside = withDependencies(external, root);
  for (const folder of beside) copyFolder(folder, join(program, relative(root, folder)), isOwnRuntimeFile);
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) copy(join(root, file), join(program, file));
  copyFolder(join(root, "docs"), join(program, "docs"));
  writeManifest(root, program);
  const inside = bundled.map((folder) => join(root, folder));
  write(join(program, "THIRD-PARTY-LICENSES"), licences([...new Set([...inside, ...beside])]));
  copy(join(node, "LICENSE"), join(program, "libexec/LICENSE.node"));
  copy(join(node, "bin/node"), join(program, "libexec/node"));
  for (const name of ["ipftrace", "ipftraced"]) {
    write(join(program, "bin", name), launcher(name === "ipftrace" ? "main.js" : "ipftraced.js"), 0o755);
  }
  writePages(program);
  return program;
}

/** Packages within a package are visited by themselves. */
function isOwnRuntimeFile(path) {
  return !path.startsWith("node_modules/") && isRuntimeFile(path);
}

/** The program reads its version; Node.js, that dist/ lies in a package. */
function writeManifest(root, program) {
  const { name, version, description, license, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = { name, version, description, license, type, private: true };
  write(join(program, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What the program itself prints: manual pages and completions. This proves that it runs, too. */
function writePages(program) {
  const print = (...words) => execFileSync(join(program, "bin/ipftrace"), words);
  write(join(program, "share/man/man1/ipftrace.1"), print("man"));
  write(join(program, "share/man/man8/ipftraced.8"), print("man", "ipftraced"));
  write(join(program, "share/completions/ipftrace.bash"), print("completion", "bash"));
  write(join(program, "share/completions/_ipftrace"), print("completion", "zsh"));
  write(join(program, "share/completions/ipftrace.fish"), print("completion", "fish"));
}
