/** The tarball: one folder that runs from anywhere. */
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { copy, normalize } from "./files.mjs";

/** Level of xz: an eighth of the time of its default 6, and a sixth more bytes. */
export const XZ_LEVEL = 1;

/** The path of ipftrace-VERSION-linux-ARCH.tar.xz. */
export function makeTarball({ root, work, out, program, version, epoch }) {
  const name = `ipftrace-${version}-linux-${process.arch}`;
  const folder = join(work, "tarball");
  cpSync(program, join(folder, name), { recursive: true });
  copy(join(root, "packaging/systemd/ipftraced.service"), join(folder, name, "share/systemd/ipftraced.service"));
  normalize(folder, epoch);
  const file = join(out, `${name}.tar.xz`);
  const owner = ["--owner=0", "--group=0", "--numeric-owner"];
  // Two threads, always: one would cut the data into other blocks.
  const xz = `--use-compress-program=xz -T2 -${XZ_LEVEL}`;
  execFileSync("tar", ["--sort=name", "--format=gnu", ...owner, xz, "-C", folder, "-cf", file, name]);
  return file;
}
