/** The client packages have the version, the licence and, where they share code, the dependencies of ipftrace. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const own = JSON.parse(read("package.json"));

/** Where each language says its version. */
const versions: Readonly<Record<string, readonly [path: string, pattern: RegExp]>> = {
  go: ["client.go", /^const Version = "(.*)"$/m],
  java: ["pom.xml", /^ {2}<version>(.*)<\/version>$/m],
  python: ["pyproject.toml", /^version = "(.*)"$/m],
  rust: ["Cargo.toml", /^version = "(.*)"$/m],
  typescript: ["package.json", /^ {2}"version": "(.*)",$/m],
};

const languages = readdirSync(join(root, "clients"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["conformance", "live"].includes(entry.name))
  .map(({ name }) => name);

for (const language of languages) {
  test(`${language} has the version of the contract`, () => {
    const [path, pattern] = versions[language] ?? assert.fail(`where does ${language} say its version?`);
    assert.equal(pattern.exec(read(`clients/${language}/${path}`))?.[1], own.version);
  });

  // The npm package gets it when it is packed.
  const licence = language === "typescript" ? "LICENSE" : `clients/${language}/LICENSE`;
  test(`${language} has the licence`, () => assert.equal(read(licence), read("LICENSE")));
}

test("the npm package asks for the dependencies that its files are tested with", () => {
  const { dependencies } = JSON.parse(read("clients/typescript/package.json"));
  const known: Record<string, string> = { ...own.devDependencies, ...own.dependencies };
  assert.deepEqual(dependencies, Object.fromEntries(Object.keys(dependencies).map((name) => [name, known[name]])));
});
