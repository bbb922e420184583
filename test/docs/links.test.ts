/** Links from page to page lead somewhere. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pages, readPage, root } from "./files.js";

for (const page of pages) {
  test(`${page}: every link within the checkout leads to a file`, () => {
    const targets = [...readPage(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    assert.deepEqual(
      local.filter((target) => !existsSync(join(root, dirname(page), target))),
      [],
    );
  });
}
