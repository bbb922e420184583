/** docs/benchmarks.md says what docs/benchmarks/*.json say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPage, readReports, renderPage, writePage } from "../bench/harness/reports.js";

test("docs/benchmarks.md is made from its reports", () => {
  if (process.env["IPFTRACE_WRITE_DOCS"]) writePage();
  assert.equal(readPage(), renderPage(readReports()), "npm run docs writes it anew");
});
