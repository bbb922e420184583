/** The packages: what is in them, that it runs, and that the same sources give the same bytes. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makePackages, say } from "./build.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ipftrace-package-"));
after(() => rmSync(folder, { recursive: true }));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const packages = makePackages(join(folder, "packages"));
const installed = join(folder, "installed");
execFileSync("dpkg-deb", ["-R", packages.deb, installed]);
execFileSync("tar", ["-C", folder, "-xf", packages.tarball]);
const unpacked = join(folder, `ipftrace-${version}-linux-${process.arch}`);

function hash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Files below a folder, links not followed. */
function files(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test("another path, another time, language and mask give the same bytes", () => {
  const copy = mkdtempSync(join(root, "dist/copy-"));
  try {
    const sources = ["bpf", "docs", "examples", "packaging", "proto", "scripts", "src"];
    const single = [
      "CHANGELOG.md",
      "buf.yaml",
      "LICENSE",
      "README.md",
      "package-lock.json",
      "package.json",
      "tsconfig.json",
    ];
    for (const name of [...sources, ...single]) cpSync(join(root, name), join(copy, name), { recursive: true });
    execFileSync("cp", ["-al", join(root, "node_modules"), copy]);
    execFileSync("bash", ["-c", 'mkdir "$1/dist" && cp -al "$0/dist/node" "$1/dist"', root, copy]);
    const epoch = say("git", "-C", root, "log", "-1", "--format=%ct").trim();
    const env = { SOURCE_DATE_EPOCH: epoch, TZ: "Asia/Kathmandu", LC_ALL: "C" };
    const others = makePackages(join(copy, "out"), copy, { env, umask: "077" });
    assert.equal(hash(others.tarball), hash(packages.tarball));
    assert.equal(hash(others.deb), hash(packages.deb));
  } finally {
    rmSync(copy, { recursive: true });
  }
});

for (const [name, path] of [
  ["the .deb", installed],
  ["the tarball", unpacked],
] as const) {
  describe(name, () => {
    test("has no path of this checkout in it", () => {
      const found = files(path).filter((file) => readFileSync(file).includes(root.replace(/\/$/, "")));
      assert.deepEqual(found, []);
    });
    test("belongs to root, and nobody else can write to it", () => {
      const listing = name === "the .deb" ? say("dpkg-deb", "-c", packages.deb) : say("tar", "-tvf", packages.tarball);
      const wrong = listing
        .split("\n")
        .filter((line) => line !== "" && !/^(?:[-d]rw[-x]r-[-x]r-[-x]|lrwxrwxrwx) (?:root\/root|0\/0) /.test(line));
      assert.deepEqual(wrong, []);
    });
    test("has the licences of all that it carries", () => {
      const base = name === "the .deb" ? join(path, "usr/lib/ipftrace") : path;
      const licences = readFileSync(join(base, "THIRD-PARTY-LICENSES"), "utf8");
      for (const one of ["koffi", "@grpc/grpc-js", "pino", "yaml", "re2js", "protobufjs", "@bufbuild/protobuf"]) {
        assert.match(licences, new RegExp(`^${one.replace("/", "\\/")} \\d`, "m"));
      }
      assert.match(readFileSync(join(base, "libexec/LICENSE.node"), "utf8"), /V8/);
    });
    test("has no test, no source of ours, no map and no compiled code", () => {
      const unwanted = files(path).filter((file) => /\.test\.|\.tsx?$|\.map$|\.code$|\/musl_/.test(file));
      assert.deepEqual(unwanted, []);
    });
  });
}

describe("the .deb, unpacked", () => {
  // Nothing of this environment: not even Node.js is found in PATH.
  const run = (program: string, ...words: string[]): string =>
    execFileSync(join(installed, program), words, { encoding: "utf8", env: { PATH: "/nonexistent:/usr/bin:/bin" } });

  test("runs by its links", () => {
    assert.equal(run("usr/bin/ipftrace", "--version"), `ipftrace ${version}\n`);
    assert.match(run("usr/bin/ipftrace", "-l", "generic"), /^ipv4\n {2}ip_rcv\n/);
    assert.match(run("usr/bin/ipftraced", "--help"), /^Usage: ipftrace serve /);
  });
  test("its configuration is valid, and is one that upgrades keep", () => {
    const config = "etc/ipftrace/ipftraced.yaml";
    assert.match(run("usr/bin/ipftraced", "--check", "--config", join(installed, config)), /group: ipftrace-operator/);
    assert.equal(readFileSync(join(installed, "DEBIAN/conffiles"), "utf8"), `/${config}\n`);
  });
  test("has the fields that dpkg needs", () => {
    const field = (name: string): string => say("dpkg-deb", "-f", packages.deb, name).trim();
    assert.equal(field("Version"), version);
    assert.equal(field("Architecture"), say("dpkg", "--print-architecture").trim());
    assert.match(field("Depends"), /\blibbpf1\b/);
    assert.match(field("Recommends"), /\blibpcap0\.8\b/);
    assert.ok(Number(field("Installed-Size")) > 100_000);
  });
  test("its sums are those of its files", () => {
    execFileSync("md5sum", ["--quiet", "-c", "DEBIAN/md5sums"], { cwd: installed });
  });
  test("its manual pages and completions are where their readers look", () => {
    const share = join(installed, "usr/share");
    assert.match(say("zcat", join(share, "man/man1/ipftrace.1.gz")), /^\.TH IPFTRACE 1/);
    assert.match(say("zcat", join(share, "man/man8/ipftraced.8.gz")), /^\.TH IPFTRACED 8/);
    assert.match(
      readFileSync(join(share, "bash-completion/completions/ipftraced"), "utf8"),
      /^complete .* ipftraced$/m,
    );
    assert.match(
      readFileSync(join(share, "fish/vendor_completions.d/ipftraced.fish"), "utf8"),
      /^complete -c ipftraced/m,
    );
    assert.match(
      readFileSync(join(share, "zsh/vendor-completions/_ipftrace"), "utf8"),
      /^#compdef ipftrace ipftraced\n/,
    );
  });
  test("its scripts are valid, and can be run", () => {
    for (const script of ["postinst", "prerm", "postrm"]) {
      const path = join(installed, "DEBIAN", script);
      execFileSync("dash", ["-n", path]);
      assert.equal(lstatSync(path).mode & 0o777, 0o755);
    }
  });
});

test("the tarball runs from where it lies", () => {
  const options = { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } } as const;
  assert.equal(execFileSync(join(unpacked, "bin/ipftrace"), ["--version"], options), `ipftrace ${version}\n`);
});
