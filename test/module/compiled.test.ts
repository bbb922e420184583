import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { elfSection } from "../../src/btf/elf.js";
import { compileModule } from "../../src/cli/compile-module.js";
import { skeleton } from "../../src/cli/module-skeleton.js";
import { CustomKind, Module } from "../../src/gen/ipftrace/v1/custom.js";
import { checkModules } from "../../src/module/check.js";
import { kindWord } from "../../src/module/kinds.js";
import { parseModule } from "../../src/module/load.js";
import { type Plan, planModules } from "../../src/module/plan.js";
import { smallKernel } from "../expression/kernel.js";
import { compiledFrom, GSO_SOURCE } from "../helpers/compiled.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const kernel = smallKernel();
const HEADER = '#include "ipftrace_module.h"\n';
const COLLECT = "int module_collect(struct sk_buff *skb, struct values *values) { return 1; }\n";

/** A source whose struct has these members; `before` comes in front of it. */
function withMembers(members: string, before = ""): string {
  return `${HEADER}${before}\nstruct values { ${members} };\n${COLLECT}`;
}

function planned(...modules: Module[]): Plan {
  const plan = planModules(
    kernel,
    modules.map((module, n) => ({ path: `modules[${n}]`, module })),
  );
  assert.ok(!("violations" in plan), JSON.stringify("violations" in plan ? plan.violations : []));
  return plan;
}

function faultsOf(...modules: Module[]): string[] {
  const plan = planModules(
    kernel,
    modules.map((module, n) => ({ path: `modules[${n}]`, module })),
  );
  assert.ok("violations" in plan, "it was accepted");
  return plan.violations.map(({ field, description }) => `${field}: ${description}`);
}

describe("kinds follow from the struct's types and tags", () => {
  const cases: [member: string, kind: string, form: string, bytes: number][] = [
    ["__u8 a", "unsigned", "unsigned", 1],
    ["__u16 a", "unsigned", "unsigned", 2],
    ["__u64 a", "unsigned", "unsigned", 8],
    ["int a", "signed", "signed", 4],
    ["__s64 a", "signed", "signed", 8],
    ["char a", "signed", "signed", 1],
    ["bool a", "bool", "unsigned", 1],
    ["char a[16]", "string", "text", 16],
    ["__u8 a[20]", "bytes", "bytes", 20],
    ["enum colour a", "enum", "unsigned", 4],
    ["__be16 a", "unsigned", "big-endian", 2],
    ["__be32 a", "unsigned", "big-endian", 4],
    ["__be64 a", "unsigned", "big-endian", 8],
    ['__u16 a IPFTRACE("be")', "unsigned", "big-endian", 2],
    ['__u32 a IPFTRACE("hex")', "hex", "unsigned", 4],
    ['__be32 a IPFTRACE("ip")', "ip", "bytes", 4],
    ['__u8 a[16] IPFTRACE("ip")', "ip", "bytes", 16],
    ['__u8 a[6] IPFTRACE("mac")', "mac", "bytes", 6],
    ['__u32 a IPFTRACE("flags=SKB_GSO_*")', "flags", "unsigned", 4],
    ['__u16 a IPFTRACE("enum=pkt_kind")', "enum", "unsigned", 2],
    ['enum colour a IPFTRACE("flags")', "flags", "unsigned", 4],
    ['__u8 a[4] IPFTRACE("string")', "string", "text", 4],
    ["struct in_addr a", "ip", "bytes", 4],
  ];
  const before = "enum colour { RED = 1, GREEN = 2 };\nstruct in_addr { __be32 s_addr; };\n";
  it("in one struct with all of them", (context) => {
    const members = cases.map(([member], n) => `${member.replace(" a", ` a${n}`)};`).join(" ");
    const plan = planned(compiledFrom(context, "m", withMembers(members, before)));
    for (const [n, [member, kind, form, bytes]] of cases.entries()) {
      const field = plan.schemas[0]?.fields[n];
      assert.equal(field?.name, `a${n}`);
      assert.equal(kindWord(field?.kind ?? 0), kind, member);
      const { at: _, ...placed } = plan.fields[n] ?? { at: 0 };
      assert.deepEqual(placed, { fieldId: n + 1, bytes, form }, member);
    }
    assert.equal(plan.fields.length, cases.length);
  });
});

describe("the schema of a compiled module", () => {
  it("has names, units and descriptions from its tags, and names of values from its enums and the kernel's", (context) => {
    const before = "enum colour { RED = 1, GREEN = 2 };";
    const members =
      'enum colour a IPFTRACE("description=It = red."); __u32 b IPFTRACE("flags=SKB_GSO_*") IPFTRACE("unit=bits"); __u8 c IPFTRACE("enum=colour");';
    const source = `${HEADER}${before}\nstruct values { ${members} } IPFTRACE("description=All of it.");\n${COLLECT}`;
    const { schemas, compiled } = planned(compiledFrom(context, "paint", source));
    const [schema] = schemas;
    assert.deepEqual([schema?.name, schema?.description], ["paint", "All of it."]);
    const [a, b, c] = schema?.fields ?? [];
    const colours = [
      { name: "RED", value: 1n },
      { name: "GREEN", value: 2n },
    ];
    assert.deepEqual(a?.names, colours);
    assert.deepEqual(c?.names, colours);
    assert.deepEqual([a?.description, b?.unit], ["It = red.", "bits"]);
    assert.deepEqual(
      b?.names.map(({ name }) => name),
      ["SKB_GSO_TCPV4", "SKB_GSO_DODGY", "SKB_GSO_TCPV6"],
    );
    assert.deepEqual([compiled?.at, compiled?.bytes, compiled?.fields], [8, 16, 0b111n]);
  });

  it("of the example is that of the declarative module", () => {
    const shipped = parseModule(readFileSync("examples/modules/gso.yaml", "utf8"), "gso.yaml").module;
    // What the small kernel lacks is not the point here: only what both say themselves.
    const own = planned(compileModule(GSO_SOURCE).module).schemas[0];
    assert.equal(own?.description, shipped.description);
    const told = own?.fields.map(({ name, unit, description }) => ({ name, unit, description }));
    const wanted = shipped.fields.map(({ name, unit, description }) => ({ name, unit, description }));
    assert.deepEqual(told, wanted);
  });

  it("has its own bits and place beside those of declarative modules", (context) => {
    const compiled = compiledFrom(context, "c", withMembers("__u8 a; __u64 b; char c[3];"));
    const declared = (name: string) =>
      parseModule(`name: ${name}\nfields: [{name: a, read: skb->pkt_type}, {name: b, read: skb->stamp}]`, "m.yaml")
        .module;
    const plan = planned(declared("one"), compiled, declared("two"));
    assert.deepEqual(
      plan.fields.map(({ fieldId, at, bytes }) => [fieldId, at, bytes]),
      [
        [1, 8, 1],
        [2, 16, 8],
        [3, 24, 1],
        [4, 32, 8],
        [5, 40, 3],
        [6, 48, 1],
        [7, 56, 8],
      ],
    );
    assert.equal(plan.bytes, 64);
    assert.deepEqual([plan.compiled?.at, plan.compiled?.bytes, plan.compiled?.fields], [24, 24, 0b11100n]);
  });
});

/** Sources that compile and are no modules. */
const faultySources: readonly [what: string, source: string, fault: RegExp][] = [
  ["no function", `${HEADER}int other;`, /^"m" defines no function module_collect: add int module_collect\(/],
  [
    "one that is only declared",
    `${HEADER}struct values { int a; };\nint module_collect(struct sk_buff *skb, struct values *values);\nint other(struct sk_buff *skb, struct values *values) { return module_collect(skb, values); }`,
    /^"m" defines no function module_collect/,
  ],
  [
    "a static function",
    withMembers("int a;").replace("int module_collect", "static __attribute__((used)) int module_collect"),
    /defines module_collect as static: leave the word out/,
  ],
  [
    "a weak function",
    withMembers("int a;").replace("int module_collect", "__weak int module_collect"),
    /as weak: leave __weak out/,
  ],
  [
    "a program",
    withMembers("int a;").replace("int module_collect", 'SEC("kprobe") int module_collect'),
    /into the section "kprobe": leave SEC\(\) out/,
  ],
  [
    "a license",
    `${withMembers("int a;")}char LICENSE[] SEC("license") = "GPL";`,
    /declares the license "GPL": leave it out/,
  ],
  [
    "no struct",
    `${HEADER}int module_collect(struct sk_buff *skb, void *values) { return 1; }`,
    /has another module_collect than is called: it must be int module_collect\(struct sk_buff \*skb/,
  ],
  [
    "no sk_buff",
    `${HEADER}struct values { int a; };\nint module_collect(void *skb, struct values *values) { return 1; }`,
    /has another module_collect/,
  ],
  ["one argument", `${HEADER}int module_collect(struct sk_buff *skb) { return 1; }`, /has another module_collect/],
  [
    "another result",
    withMembers("int a;").replace("int module_collect", "bool module_collect"),
    /has another module_collect/,
  ],
  ["an empty struct", withMembers(""), /has no fields: its struct is empty/],
  [
    "a pointer",
    withMembers("struct sk_buff *a;"),
    /a field "a" that cannot be shown: it is an address in the kernel \(struct sk_buff \*\): copy what it points to/,
  ],
  [
    "a struct in it",
    withMembers("struct inner { int b; } a;"),
    /"a" that cannot be shown: it is struct inner: use a number/,
  ],
  ["an anonymous struct in it", withMembers("struct { int b; };"), /field "" that cannot be shown: it has no name/],
  ["a bit-field", withMembers("__u32 a : 3;"), /it is a bit-field: use a whole integer/],
  ["a float", withMembers("double a;"), /it is double: use an integer/],
  ["128 bits", withMembers("unsigned __int128 a;"), /too wide: use 8 bytes at most/],
  ["an array of numbers", withMembers("__u32 a[4];"), /this is an array \(unsigned int \[4\]\)/],
  [
    "a tag that does not exist",
    withMembers('__u32 a IPFTRACE("hexx");'),
    /has the tag "hexx", which says nothing \(did you mean "hex"\?\): the tags are unsigned, /,
  ],
  ["a value for a tag without", withMembers('__u32 a IPFTRACE("hex=1");'), /has the tag "hex=1", which says nothing/],
  [
    "flags without names",
    withMembers('__u32 a IPFTRACE("flags");'),
    /unsigned int has no names: declare it as an enum, or say which has them/,
  ],
  [
    "names that the kernel lacks",
    withMembers('__u32 a IPFTRACE("flags=NO_SUCH_*");'),
    /this kernel has no constant like names_from "NO_SUCH_\*"/,
  ],
  ["a mac of 4 bytes", withMembers('__u32 a IPFTRACE("mac");'), /the kind mac needs 6 bytes, and this has 4 bytes/],
];

describe("what is wrong with a compiled module", () => {
  for (const [what, source, fault] of faultySources) {
    it(`refuses ${what}`, (context) => {
      const [first, ...others] = faultsOf(compiledFrom(context, "m", source));
      assert.match(first?.replace(/^modules\[0\]\.object: /, "") ?? "", fault);
      assert.deepEqual(others, []);
    });
  }

  it("refuses a struct that is too large, with the bytes", (context) => {
    const [fault] = faultsOf(compiledFrom(context, "m", withMembers("char a[249];")));
    assert.match(fault ?? "", /^modules: the modules add 264 bytes to every hop, and 256 are the most: .*m 256;/);
  });

  it("refuses two compiled modules in one trace, with both names", (context) => {
    const modules = ["one", "two"].map((name) => compiledFrom(context, name, withMembers("int a;")));
    assert.match(
      faultsOf(...modules).join(),
      /^modules\[1\]\.object: "two" is a compiled module, and so is "one": a trace can have one/,
    );
  });

  it("refuses fields beside an object, and objects that are too large", () => {
    const module = Module.fromPartial({ name: "m", object: Buffer.alloc(512 * 1024 + 1), match: "skb->len > 5" });
    const faults = checkModules([module]).map(({ field, description }) => `${field}: ${description}`);
    assert.match(
      faults[0] ?? "",
      /^modules\[0\]\.object: a compiled module says in its code .* leave out fields and match$/,
    );
    assert.match(faults[1] ?? "", /^modules\[0\]\.object: has 524289 bytes: 524288 are the most/);
    assert.equal(faults.length, 2);
  });
});

/** An object that clang made of a source with other words than a module is compiled with. */
function objectOf(context: TestContext, source: string, words: readonly string[]): Buffer {
  const path = join(temporaryFolder(context), "m.c");
  writeFileSync(path, source);
  return execFileSync("clang", ["-O2", ...words, "-c", path, "-o", "-"]);
}

describe("files that are no BPF objects", () => {
  const plain =
    "struct sk_buff; struct values { int a; };\nint module_collect(struct sk_buff *skb, struct values *values) { return 1; }\n";
  const refused = (object: Buffer): string => faultsOf(Module.fromPartial({ name: "m", object })).join();

  it("refuses an object for this machine's processor", (context) => {
    assert.match(
      refused(objectOf(context, plain, ["-g", "--target=x86_64-linux-gnu"])),
      /"m" is for x86-64, not for BPF: compile it with clang -target bpf; /,
    );
  });
  it("refuses one for another processor", (context) => {
    assert.match(
      refused(objectOf(context, plain, ["-g", "--target=aarch64-linux-gnu"])),
      /"m" is for arm64, not for BPF/,
    );
  });
  it("refuses one for big-endian machines", (context) => {
    assert.match(
      refused(objectOf(context, plain, ["-g", "-target", "bpfeb"])),
      /"m" is for BPF on big-endian machines/,
    );
  });
  it("refuses one without BTF", (context) => {
    assert.match(
      refused(objectOf(context, plain, ["-target", "bpf"])),
      /"m" has no BTF, which tells its fields: compile it with -g/,
    );
  });
  it("refuses what is no object at all", () => {
    for (const text of ["x", "name: gso\n".repeat(100), "\x7fELF"])
      assert.match(refused(Buffer.from(text)), /"m" is no object file \(ELF\)/);
  });
  it("refuses types that refer to themselves", (context) => {
    const named = `${plain}typedef int number;\nnumber *other(number *n) { return n; }`;
    const object = objectOf(context, named, ["-g", "-target", "bpf"]);
    const section = elfSection(object, ".BTF") ?? Buffer.alloc(0);
    const btf = new Btf(section);
    const typedef = btf.find(Kind.TYPEDEF, "number") ?? 0;
    section.writeUInt32LE(typedef, btf.refOffset(typedef));
    assert.match(refused(object), /"m" cannot be read: its BTF refers to itself/);
  });
  it("tells of every file that is cut off, and of damaged ones in words or not at all", (context) => {
    const whole = objectOf(context, plain, ["-g", "-target", "bpf"]);
    for (let length = 64; length < whole.length; length += 97) {
      assert.match(
        refused(whole.subarray(0, length)),
        /"m" (is cut off or damaged|has no BTF|cannot be read|defines no function)/,
        `${length} bytes`,
      );
    }
    for (let at = 0; at < whole.length; at += 41) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(0xff, at);
      planModules(kernel, [{ path: "modules[0]", module: Module.fromPartial({ name: "m", object: damaged }) }]);
    }
  });
});

describe("the source of a new module", () => {
  for (const name of ["mine", "my-module", "9lives", "sk_buff"]) {
    it(`of the name ${name} compiles without a warning`, (context) => {
      const path = join(temporaryFolder(context), `${name}.bpf.c`);
      writeFileSync(path, skeleton(name));
      const { module, warnings } = compileModule(path);
      assert.deepEqual(warnings, []);
      assert.equal(module.name, name);
      const kinds = planned(module).schemas[0]?.fields.map(({ kind }) => kind);
      assert.deepEqual(kinds, [
        CustomKind.CUSTOM_KIND_UNSIGNED,
        CustomKind.CUSTOM_KIND_HEX,
        CustomKind.CUSTOM_KIND_UNSIGNED,
        CustomKind.CUSTOM_KIND_STRING,
      ]);
    });
  }
});
