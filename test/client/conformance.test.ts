/** The files of clients/conformance are what its generator writes, and what the original printed is among them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { kitFiles, kitFolder } from "../../clients/conformance/generator/files.js";
import { echoReplyText, echoRequestText, segmentedText } from "./fixtures.js";

const written = kitFiles();

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(kitFolder, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".yaml"))
    .map(({ parentPath, name }) => relative(kitFolder, join(parentPath, name)));
}

test("the kit has the files that the generator writes, no more and no less", () => {
  const found = ["cases", "reconnect", "manifests", "modules"].flatMap(filesOf);
  assert.deepEqual(found.sort(), [...written.keys()].sort());
});

for (const [path, content] of written) {
  test(`${path} is what "npm run conformance" writes`, () => {
    const found = readFileSync(join(kitFolder, path));
    if (path.endsWith(".binpb")) assert.ok(found.equals(content));
    else assert.equal(found.toString(), content.toString());
  });
}

test("the original's examples are byte for byte what it printed", () => {
  assert.equal(written.get("cases/icmp-journey.txt")?.toString(), echoRequestText + echoReplyText);
  assert.equal(written.get("cases/gso.txt")?.toString(), segmentedText);
});
