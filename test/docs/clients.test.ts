/** What the pages of the client libraries say of them. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readClientsPage, renderClientsPage } from "../bench/harness/clients-page.js";
import { readReports, writePage } from "../bench/harness/reports.js";

const CLIENTS = new URL("../../clients/", import.meta.url);
const MAX_LINES = 15;
const languages = readdirSync(CLIENTS).filter((name) => existsSync(new URL(`${name}/check`, CLIENTS)));

test("clients/README.md has the figures of the benchmark", () => {
  const report = readReports().find(({ name }) => name === "clients");
  assert.ok(report);
  if (process.env["IPFTRACE_WRITE_DOCS"]) writePage();
  assert.equal(readClientsPage(), renderClientsPage(readClientsPage(), report), "npm run docs writes it anew");
});

// That it compiles is seen to by clients/LANGUAGE/check.
describe("a first trace takes few lines", () => {
  for (const language of languages) {
    test(language, () => {
      const page = readFileSync(new URL(`${language}/README.md`, CLIENTS), "utf8");
      const snippet = /^```(?:ts|go|java|python|rust,no_run)\n(.*?)^```$/ms.exec(page)?.[1] ?? "";
      const lines = snippet.split("\n").length - 1;
      assert.ok(lines > 0 && lines < MAX_LINES, `${lines} lines`);
    });
  }
});

test("the Go module's path is that of its folder in the repository", () => {
  const module = /^module (.*)$/m.exec(readFileSync(new URL("go/go.mod", CLIENTS), "utf8"))?.[1];
  assert.match(module ?? "", /^github\.com\/[\w-]+\/[\w-]+\/clients\/go$/);
});
