/** Holds src/ and bpf/ to the table of rooms in ARCHITECTURE.md. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findFaults, parseRooms } from "./helpers/rooms.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const rooms = parseRooms(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));

/** The text of every file of a folder, by its path below it. */
function filesOf(folder: string): Map<string, string> {
  const top = join(root, folder);
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [relative(top, path), readFileSync(path, "utf8")]));
}

/** Names of the rooms whose row fulfils a condition, sorted. */
function roomsWith(condition: (room: (typeof rooms)[number]) => boolean): string[] {
  return rooms
    .filter(condition)
    .map(({ name }) => name)
    .sort();
}

test("every file of src/ keeps the table of ARCHITECTURE.md", () => {
  assert.deepEqual(findFaults(filesOf("src"), rooms), []);
});

describe("what the table itself must keep", () => {
  test("pure rooms import no package", () => {
    const pure = ["btf/", "decode/", "encode/", "filter/", "hub/", "journey/"];
    assert.deepEqual(
      roomsWith(({ name, packages }) => pure.includes(name) && packages.size === 0),
      pure,
    );
  });

  test("koffi is imported in one room", () => {
    assert.deepEqual(
      roomsWith(({ packages }) => packages.has("koffi")),
      ["kernel/"],
    );
  });

  test("@grpc/grpc-js is imported by the server, its guard, the other way in, the client and the generated code", () => {
    assert.deepEqual(
      roomsWith(({ packages }) => packages.has("@grpc/grpc-js")),
      ["client/", "gen/", "http/", "security/", "service/"],
    );
  });

  test("nobody imports the command line", () => {
    assert.deepEqual(
      roomsWith((room) => room.rooms.has("cli/")),
      [],
    );
  });
});

describe("bpf/", () => {
  const sources = [...filesOf("bpf")].filter(([path]) => /\.[ch]$/.test(path));
  const own = new Set(sources.map(([path]) => path));
  /** Types and macros without code, and libbpf's helpers; nothing that depends on the kernel's configuration. */
  const allowed = ["stdbool.h", "stddef.h", "linux/bpf.h", "linux/ptrace.h", "linux/types.h"];

  test("has sources", () => assert.ok(own.has("ipftrace.bpf.c")));
  for (const [path, source] of sources) {
    test(`${path} includes its own headers, the compiler's, three of the kernel's and libbpf's`, () => {
      const quoted = [...source.matchAll(/^#include "(.+)"/gm)].map(([, name = ""]) => name);
      const system = [...source.matchAll(/^#include <(.+)>/gm)].map(([, name = ""]) => name);
      assert.deepEqual(
        quoted.filter((name) => !own.has(name)),
        [],
      );
      assert.deepEqual(
        system.filter((name) => !allowed.includes(name) && !/^bpf\/\w+\.h$/.test(name)),
        [],
      );
    });
  }
});
