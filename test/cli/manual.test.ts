import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { commandNames } from "../../src/cli/commands.js";
import { renderManual } from "../../src/cli/manual/page.js";
import { type OptionKey, optionKeys, optionSpec, optionTable } from "../../src/cli/options.js";

const pages = [
  { page: "ipftrace", title: "IPFTRACE(1)", keys: Object.keys(optionTable) as OptionKey[] },
  { page: "ipftraced", title: "IPFTRACED(8)", keys: optionKeys("serve") },
] as const;

/** What a page says when it was made, and what it complains about. */
function run(program: string, words: readonly string[], input: string): { text: string; complaints: string[] } {
  const { stdout, stderr, status, error } = spawnSync(program, words, { input, encoding: "utf8" });
  assert.ifError(error);
  const complaints = `${stderr}${words.includes("lint") ? stdout : ""}`.split("\n").filter(Boolean);
  if (complaints.length === 0) assert.equal(status, 0);
  return { text: stdout, complaints };
}

for (const { page, title, keys } of pages) {
  describe(`${page}'s manual page`, () => {
    const source = renderManual(page, "1.2.3");
    test("is one that mandoc likes, except that it has no date", () => {
      const { complaints } = run("mandoc", ["-T", "lint"], source);
      assert.deepEqual(
        complaints.filter((line) => !line.includes("missing date")),
        [],
      );
    });
    test("is one that groff likes, and has every option with its help", () => {
      const { text, complaints } = run("groff", ["-ww", "-man", "-Tascii", "-P-cbou", "-rHY=0", "-rLL=500n"], source);
      assert.deepEqual(complaints, []);
      assert.ok(text.startsWith(title));
      const words = text.replace(/\s+/g, " ");
      for (const key of keys) {
        const { names, help } = optionSpec(key);
        for (const name of names) assert.ok(words.includes(` ${name} `) || words.includes(` ${name},`), name);
        assert.ok(words.includes(help.replace(/\s+/g, " ")), help);
      }
    });
  });
}

test("ipftrace(1) has every subcommand", () => {
  const source = renderManual("ipftrace", "1.2.3");
  for (const name of commandNames)
    assert.match(source, name === "trace" ? /^\.SH OPTIONS$/m : new RegExp(`^\\.SS ${name}$`, "m"));
});
