import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { loadManifestFile } from "../../src/manifest/load.js";
import { errorLines, summary } from "./helpers.js";

describe("loadManifestFile", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "ipftrace-manifest-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  function file(name: string, content: string | Uint8Array): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }

  it("reads a file and names the manifest after it", () => {
    const loaded = loadManifestFile(file("my.functions.yml", "functions: [ip_rcv]"));
    assert.equal(loaded.manifest.name, "my.functions");
    assert.deepEqual(summary(loaded), [": ip_rcv/0"]);
  });

  it("puts the path in front of errors", () => {
    const path = file("bad.yaml", "functions: 3");
    assert.match(errorLines(() => loadManifestFile(path))[0] ?? "", new RegExp(`^${path}:1:12: functions is`));
  });

  it("says that a file does not exist", () => {
    const path = join(directory, "none.yaml");
    assert.deepEqual(
      errorLines(() => loadManifestFile(path)),
      [`${path}: there is no such file`],
    );
    const below = join(file("plain", ""), "none.yaml");
    assert.deepEqual(
      errorLines(() => loadManifestFile(below)),
      [`${below}: there is no such file`],
    );
  });

  it("says that a directory is no file", () => {
    assert.deepEqual(
      errorLines(() => loadManifestFile(directory)),
      [`${directory}: is a directory: give a YAML file`],
    );
  });

  it("says that it may not read a file", (context) => {
    const path = file("secret.yaml", "functions: [f]");
    chmodSync(path, 0o000);
    if (process.geteuid?.() === 0) {
      context.after(() => process.seteuid?.(0));
      process.seteuid?.(65_534);
    }
    assert.deepEqual(
      errorLines(() => loadManifestFile(path)),
      [`${path}: permission denied: this user may not read it`],
    );
  });

  it("refuses bytes that are not UTF-8", () => {
    const path = file("elf.yaml", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe));
    assert.deepEqual(
      errorLines(() => loadManifestFile(path)),
      [`${path}: is not text in UTF-8: give a YAML file`],
    );
  });

  it("refuses a file over 1 MiB, also when a character is cut at the limit", () => {
    const path = file("big.yaml", `#${"é".repeat(1024 * 1024)}`);
    assert.deepEqual(
      errorLines(() => loadManifestFile(path)),
      [`${path}: is larger than a manifest may be, 1048576 bytes`],
    );
  });

  it("reads no more than it must from a device without end", { timeout: 10_000 }, () => {
    assert.match(errorLines(() => loadManifestFile("/dev/zero"))[0] ?? "", /larger than a manifest/);
  });

  it("reads a pipe, as a shell's <(command) gives", () => {
    const script = `
      const { loadManifestFile } = await import(${JSON.stringify(new URL("../../src/manifest/load.js", import.meta.url).href)});
      process.stdout.write(JSON.stringify(loadManifestFile("/dev/stdin").manifest));`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const pipe = 'echo "functions: [ip_rcv]" | "$0" "$@"';
    const output = execFileSync("sh", ["-c", pipe, process.execPath, ...args], { encoding: "utf8" });
    const manifest = JSON.parse(output);
    assert.equal(manifest.name, "stdin");
    assert.equal(manifest.groups[0].functions[0].name, "ip_rcv");
  });
});
