/** The Debian package. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { copy, filesIn, normalize, write } from "./files.mjs";
import { XZ_LEVEL } from "./tarball.mjs";

/** Debian's names of the architectures that Node.js names. */
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };
const CONFIGURATION = "etc/ipftrace/ipftraced.yaml";

/** Places below /usr/share for what the program's share/ has. */
const SHARED = {
  "completions/ipftrace.bash": "bash-completion/completions/ipftrace",
  "completions/_ipftrace": "zsh/vendor-completions/_ipftrace",
  "completions/ipftrace.fish": "fish/vendor_completions.d/ipftrace.fish",
};

/** The path of ipftrace_VERSION_ARCH.deb. */
export function makeDeb({ root, work, out, program, version, epoch }) {
  const folder = join(work, "deb");
  const architecture = ARCHITECTURES[process.arch];
  mkdirSync(join(folder, "usr/lib"), { recursive: true });
  renameSync(program, join(folder, "usr/lib/ipftrace"));
  placePages(folder);
  placeDocs(folder, root);
  link(folder, "usr/bin/ipftrace", "../lib/ipftrace/bin/ipftrace");
  link(folder, "usr/bin/ipftraced", "../lib/ipftrace/bin/ipftraced");
  copy(join(root, "packaging/systemd/ipftraced.service"), join(folder, "usr/lib/systemd/system/ipftraced.service"));
  copy(join(root, "packaging/debian/ipftraced.yaml"), join(folder, CONFIGURATION));
  writeControl(folder, root, { version, architecture });
  normalize(folder, epoch);
  const file = join(out, `ipftrace_${version}_${architecture}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", `-z${XZ_LEVEL}`, "--build", folder, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return file;
}

/** Moves what other programs look for to where they do. */
function placePages(folder) {
  const share = join(folder, "usr/lib/ipftrace/share");
  for (const [from, to] of Object.entries(SHARED)) copy(join(share, from), join(folder, "usr/share", to));
  link(folder, "usr/share/bash-completion/completions/ipftraced", "ipftrace");
  link(folder, "usr/share/fish/vendor_completions.d/ipftraced.fish", "ipftrace.fish");
  for (const page of ["man1/ipftrace.1", "man8/ipftraced.8"]) {
    write(join(folder, `usr/share/man/${page}.gz`), gzipSync(readFileSync(join(share, "man", page)), { level: 9 }));
  }
  rmSync(share, { recursive: true });
}

function placeDocs(folder, root) {
  const documentation = join(folder, "usr/share/doc/ipftrace");
  const program = join(folder, "usr/lib/ipftrace");
  for (const name of ["README.md", "CHANGELOG.md", "docs"]) {
    mkdirSync(documentation, { recursive: true });
    renameSync(join(program, name), join(documentation, name));
  }
  copy(join(root, "packaging/debian/copyright"), join(documentation, "copyright"));
}

function link(folder, path, target) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(target, join(folder, path));
}

function writeControl(folder, root, { version, architecture }) {
  const files = filesIn(folder);
  const isFile = (path) => lstatSync(join(folder, path)).isFile();
  const kibibytes = files.reduce((sum, path) => sum + Math.ceil(lstatSync(join(folder, path)).size / 1024), 0);
  const sums = files
    .filter((path) => isFile(path) && path !== CONFIGURATION)
    .map(
      (path) =>
        `${createHash("md5")
          .update(readFileSync(join(folder, path)))
          .digest("hex")}  ${path}\n`,
    );
  const control = readFileSync(join(root, "packaging/debian/control"), "utf8");
  const fields = `Version: ${version}\nArchitecture: ${architecture}\nInstalled-Size: ${kibibytes}\n`;
  write(join(folder, "DEBIAN/control"), control.replace(/^(Package: .*\n)/, `$1${fields}`));
  write(join(folder, "DEBIAN/conffiles"), `/${CONFIGURATION}\n`);
  write(join(folder, "DEBIAN/md5sums"), sums.join(""));
  for (const script of ["postinst", "prerm", "postrm"]) {
    write(join(folder, "DEBIAN", script), readFileSync(join(root, "packaging/debian", script)), 0o755);
  }
}
