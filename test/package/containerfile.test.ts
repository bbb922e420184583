/** The Containerfile, against the package that it installs. No image is built here: that takes an image of Debian. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { version } from "../../src/release/version.js";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const source = read("packaging/oci/Containerfile");
const instructions = source
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => /^(\S+)\s+(.*)$/.exec(line)?.slice(1) ?? []);

/** The value of the only instruction of a kind. */
function only(kind: string): string {
  const found = instructions.filter(([name]) => name === kind);
  assert.equal(found.length, 1, kind);
  return found[0]?.[1] ?? "";
}

test("it has these instructions, in this order", () => {
  assert.deepEqual(
    instructions.map(([name]) => name),
    ["FROM", "COPY", "RUN", "LABEL", "STOPSIGNAL", "ENTRYPOINT"],
  );
});

test("it installs the package, with what the package only recommends", () => {
  const [file] = only("COPY").split(" ");
  assert.equal(file, "ipftrace_*.deb");
  const recommended = /^Recommends: (.*)$/m.exec(read("packaging/debian/control"))?.[1] ?? "none";
  assert.match(
    only("RUN"),
    new RegExp(`apt-get install --yes --no-install-recommends /tmp/ipftrace_\\*\\.deb ${recommended} `),
  );
});

test("it runs the program of the unit, and is tagged as the manifests name it", () => {
  const unit = /^ExecStart=(\S+)$/m.exec(read("packaging/systemd/ipftraced.service"))?.[1];
  assert.deepEqual(JSON.parse(only("ENTRYPOINT")), [unit]);
  assert.ok(source.includes(`-t ipftrace:${version} `));
});
