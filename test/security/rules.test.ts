import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { getChannelzServiceDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { includesRole, roles } from "../../src/security/roles.js";
import { rules } from "../../src/security/rules.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Image {
  readonly file: readonly {
    readonly package?: string;
    readonly service?: readonly { readonly name: string; readonly method: readonly { readonly name: string }[] }[];
  }[];
}

/** Paths of all RPCs that the contract describes. */
function contractPaths(): string[] {
  const json = execFileSync("node_modules/.bin/buf", ["build", "-o", "-#format=json"], { cwd: ROOT });
  const image = JSON.parse(json.toString()) as Image;
  return image.file.flatMap(({ package: name, service = [] }) =>
    service.flatMap((one) => one.method.map((method) => `/${name}.${one.name}/${method.name}`)),
  );
}

function pathsOf(service: ServiceDefinition): string[] {
  return Object.values(service).map(({ path }) => path);
}

describe("the rules", () => {
  const known: [of: string, paths: string[]][] = [
    ["the contract", contractPaths()],
    ["health", pathsOf(healthService)],
    ["channelz", pathsOf(getChannelzServiceDefinition())],
  ];
  for (const [of, paths] of known) {
    it(`have a row for every RPC of ${of}`, () => {
      assert.ok(paths.length > 0);
      assert.deepEqual(
        paths.filter((path) => !rules.has(path)),
        [],
        "give it a role in src/security/rules.ts",
      );
    });
  }

  it("let readers only look, and nobody but admins into the server", () => {
    const least = (pattern: RegExp) =>
      new Set([...rules].filter(([path]) => pattern.test(path)).map(([, role]) => role));
    assert.deepEqual([...least(/\/(Create|Delete|Flush)/)], ["operator"]);
    assert.deepEqual([...least(/channelz|reflection/)], ["admin"]);
  });
});

describe("roles", () => {
  it("each include those before them", () => {
    const table = roles.map((role) => roles.filter((least) => includesRole(role, least)));
    assert.deepEqual(table, [["reader"], ["reader", "operator"], ["reader", "operator", "admin"]]);
  });
});
