import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadInstalledModule } from "../../src/module/library.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const textOf = (read: string) => `fields:\n  - name: a\n    read: ${read}\n`;

describe("loadInstalledModule", () => {
  it("reads a file once", () => {
    const [first, second] = [loadInstalledModule("gso", undefined), loadInstalledModule("gso", undefined)];
    assert.ok("value" in first && "value" in second);
    assert.strictEqual(first.value, second.value);
  });

  it("reads a file again that has changed, and forgets one that is gone", (test) => {
    const folder = temporaryFolder(test);
    const path = join(folder, "mine.yaml");
    const read = () => {
      const loaded = loadInstalledModule("mine", folder);
      return "value" in loaded ? loaded.value.fields[0]?.read : loaded.error.split(":")[0];
    };
    writeFileSync(path, textOf("skb->len"));
    assert.equal(read(), "skb->len");
    writeFileSync(path, textOf("skb->mark"));
    assert.equal(read(), "skb->mark");
    rmSync(path);
    assert.equal(read(), 'there is no module "mine"');
  });

  it("says what is wrong with a file each time it is asked", (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "mine.yaml"), "fields: nine\n");
    const [first, second] = [loadInstalledModule("mine", folder), loadInstalledModule("mine", folder)];
    assert.ok("error" in first && "error" in second);
    assert.equal(first.error, second.error);
  });
});
