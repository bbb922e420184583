import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { skeleton } from "../../src/cli/module-skeleton.js";
import { resolveModules } from "../../src/cli/module-source.js";
import { CustomKind, type Module } from "../../src/gen/ipftrace/v1/custom.js";
import { InstalledModule } from "../../src/gen/ipftrace/v1/trace_service.js";
import { GSO_SOURCE, ONE_NUMBER } from "../helpers/compiled.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { captureIo } from "./capture.js";
import { run } from "./run.js";

/** A folder that is the current one until the test ends. */
function inFolder(context: TestContext): string {
  const [before, folder] = [process.cwd(), temporaryFolder(context)];
  process.chdir(folder);
  context.after(() => process.chdir(before));
  return folder;
}

async function alone(...words: string[]) {
  const io = captureIo();
  return { exitStatus: await dispatch(words, io), out: io.outText(), err: io.errText() };
}

describe("module new", () => {
  test("writes a source, says what to do with it, and does not write over it", async (context) => {
    const folder = inFolder(context);
    const { exitStatus, out } = await alone("module", "new", "mine");
    assert.equal(exitStatus, 0);
    assert.match(
      out,
      /^wrote mine\.bpf\.c\n.*ipftrace module check mine\.bpf\.c\n.*ipftrace -m mine\.bpf\.c generic\n$/,
    );
    const path = join(folder, "mine.bpf.c");
    assert.equal(readFileSync(path, "utf8"), skeleton("mine"));
    writeFileSync(path, "my work");
    const again = await alone("module", "new", "mine");
    assert.equal(again.exitStatus, 1);
    assert.match(again.err, /^ipftrace: mine\.bpf\.c cannot be written: it exists; give another name, /);
    assert.equal(readFileSync(path, "utf8"), "my work");
  });

  for (const name of ["../mine", "a b", "", "x".repeat(65), "mine.bpf.c"]) {
    test(`refuses the name ${JSON.stringify(name)}`, async (context) => {
      inFolder(context);
      const { exitStatus, err } = await alone("module", "new", name);
      assert.equal(exitStatus, 2);
      assert.match(
        err,
        /^ipftrace: NAME_OR_FILE: ".*" cannot be the name of a module: use letters, digits, "_" and "-"/,
      );
    });
  }
});

describe("module check", () => {
  const schema = {
    name: "gso",
    description: "About gso.",
    fields: [{ fieldId: 1, name: "len", kind: CustomKind.CUSTOM_KIND_UNSIGNED, unit: "bytes", description: "Length." }],
  };

  test("compiles a source, asks the server and prints the fields", async (context) => {
    let asked: Module | undefined;
    const found = InstalledModule.fromPartial({ schema, hopBytes: 16 });
    const checkModule = ({ module }: { module?: Module | undefined }) => {
      asked = module;
      return { module: found };
    };
    const { exitStatus, out, err } = await run(context, { checkModule }, ["module", "check", GSO_SOURCE]);
    assert.equal(exitStatus, 0, err);
    assert.match(
      out,
      /^MODULE +FIELD +KIND +UNIT +DESCRIPTION\ngso +About gso\.\ngso +len +unsigned +bytes +Length\.\nit adds 16 bytes to every hop\n$/,
    );
    assert.equal(asked?.name, "gso");
    assert.deepEqual([...(asked?.object.subarray(0, 4) ?? [])], [...Buffer.from("\x7fELF", "latin1")]);
    const json = await run(context, { checkModule }, ["module", "check", "-o", "jsonl", GSO_SOURCE]);
    assert.equal(JSON.parse(json.out).hopBytes, 16);
  });

  test("prints the server's reason and fails", async (context) => {
    const found = InstalledModule.fromPartial({
      schema,
      reason: 'the kernel refuses the module "gso": R1 (7 more lines)',
    });
    const { exitStatus, out, err } = await run(context, { checkModule: () => ({ module: found }) }, [
      "module",
      "check",
      "examples/modules/gso.yaml",
    ]);
    assert.deepEqual([exitStatus, out], [1, ""]);
    assert.equal(err, 'ipftrace: examples/modules/gso.yaml: the kernel refuses the module "gso": R1 (7 more lines)\n');
  });

  test("says that a file does not exist", async () => {
    const { exitStatus, err } = await alone("module", "check", "no-such.bpf.c");
    assert.equal(exitStatus, 2);
    assert.equal(err, 'ipftrace: NAME_OR_FILE: "no-such.bpf.c" is no file: give .bpf.c, .bpf.o or YAML\n');
  });

  const faulty: readonly [what: string, name: string, text: string, err: RegExp][] = [
    [
      "clang's errors",
      "bad.bpf.c",
      `${ONE_NUMBER}int module_collect(struct sk_buff *skb) { return x; }`,
      /^ipftrace: \S+bad\.bpf\.c: clang cannot compile it:\nipftrace: \S+bad\.bpf\.c:5:\d+: error: use of undeclared identifier 'x'/,
    ],
    [
      "a header that is not there",
      "bad.bpf.c",
      "#include <bpf/no_such.h>",
      /clang cannot compile it; apt-get install libbpf-dev brings that header:\nipftrace: .*'bpf\/no_such\.h' file not found/,
    ],
    [
      "a source without clang -target bpf in mind",
      "bad.c",
      "#include <stdio.h>\nint main(void) { return 0; }\n#error no",
      /bad\.c: clang cannot compile it/,
    ],
    ["broken YAML", "bad.yaml", "fields: x", /bad\.yaml:1:9: fields is the text "x"/],
  ];
  for (const [what, name, text, wanted] of faulty) {
    test(`tells ${what}`, async (context) => {
      const path = join(temporaryFolder(context), name);
      writeFileSync(path, text);
      const { exitStatus, err } = await alone("module", "check", path);
      assert.equal(exitStatus, 1);
      assert.match(err, wanted);
    });
  }

  test("says what to install where there is no clang", async (context) => {
    const before = process.env["PATH"];
    process.env["PATH"] = temporaryFolder(context);
    context.after(() => {
      process.env["PATH"] = before;
    });
    const { exitStatus, err } = await alone("module", "check", GSO_SOURCE);
    assert.equal(exitStatus, 1);
    assert.match(
      err,
      /gso\.bpf\.c: clang compiles it, and is not installed: apt-get install clang libbpf-dev linux-libc-dev .*, or compile it elsewhere and give the \.bpf\.o\n$/,
    );
  });

  test("tells what clang says that only warns, and counts what it leaves out", async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, "bin"));
    const clang = join(folder, "bin", "clang");
    writeFileSync(clang, '#!/bin/sh\nfor i in $(seq 40); do echo "line $i" >&2; done\n');
    chmodSync(clang, 0o755);
    const before = process.env["PATH"];
    process.env["PATH"] = `${join(folder, "bin")}:${before}`;
    context.after(() => {
      process.env["PATH"] = before;
    });
    const io = captureIo();
    const resolved = resolveModules([GSO_SOURCE], undefined, io);
    assert.ok("value" in resolved);
    assert.match(io.errText(), /^ipftrace: warning: line 1\n(.*\n){29}ipftrace: warning: \(10 more lines\)\n$/);
  });
});

test("-m takes sources, objects and YAML, named after their files", (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "mine.bpf.o"), "an object");
  const files = [GSO_SOURCE, join(folder, "mine.bpf.o"), "examples/modules/mark.yaml"];
  const resolved = resolveModules([...files, "len"], undefined, captureIo());
  assert.ok("value" in resolved);
  assert.deepEqual(
    resolved.value.modules.map(({ name, object }) => [name, object.length > 0]),
    [
      ["gso", true],
      ["mine", true],
      ["mark", false],
    ],
  );
  assert.deepEqual(resolved.value.moduleNames, ["len"]);
});
