/** Parts of the docs that are made from the code: compared, or with IPFTRACE_WRITE_DOCS set written. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPage, root } from "./files.js";

/** The part stands between `<!-- NAME -->` and `<!-- end of NAME -->`. */
export function compareGenerated(page: string, name: string, text: string): void {
  const before = readPage(page);
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  assert.ok(from >= 0 && to > from, `${page} has no part "${name}"`);
  const after = before.slice(0, from + begin.length) + text + before.slice(to);
  if (process.env["IPFTRACE_WRITE_DOCS"]) writeFileSync(join(root, page), after);
  else assert.equal(before, after, "npm run docs writes it anew");
}
