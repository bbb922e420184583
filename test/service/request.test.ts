import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { compileFilter } from "../../src/filter/compile.js";
import { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import { Manifest } from "../../src/gen/ipftrace/v1/manifest.js";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import { FunctionEncoding, StackMode, TraceOptions, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { loadShippedManifest, shippedManifestNames } from "../../src/manifest/shipped.js";
import { loadInstalledModule } from "../../src/module/library.js";
import { leastAccess } from "../../src/service/access.js";
import { defaultOptions, defaultLimits as limits } from "../../src/service/limits.js";
import { backendNumber, checkRequest, manifestOf } from "../../src/service/request.js";
import { everyJourney } from "../helpers/every-journey.js";

const request = TraceRequest.fromPartial({});
/** A manifest with one group of these functions. */
function manifest(...functions: { name: string; skbPosition?: number }[]): Manifest {
  return Manifest.fromPartial({ name: "mine", groups: [{ name: "g", functions }] });
}

function inline(value: Manifest): Pick<TraceRequest, "manifestSource"> {
  return { manifestSource: { $case: "manifest", value } };
}

/** Paths of the fields at fault, with what is said about them. */
function faults(more: Partial<TraceRequest>): Map<string, string> {
  try {
    checkRequest({ ...request, ...more });
  } catch (error) {
    assert.ok(error instanceof IpftraceError, String(error));
    assert.equal(error.code, "INVALID_INPUT");
    for (const { field, description } of error.violations)
      assert.ok(error.message.includes(`${field}: ${description}`));
    return new Map(error.violations.map(({ field, description }) => [field, description]));
  }
  return assert.fail("the request was accepted");
}

describe("a request that can be carried out", () => {
  it("with every field at zero traces the generic manifest unfiltered, with names", () => {
    const { spec, options, filter } = checkRequest(request);
    assert.deepEqual(spec, {
      manifest: loadShippedManifest("generic").manifest,
      functionRegex: "",
      beginRegex: "",
      maxFunctions: limits.maxFunctions,
      backend: undefined,
      filter: undefined,
      journeys: everyJourney,
      pcapExpression: "",
      innerPcapExpression: "",
      followsAnyProtocol: false,
      modules: [],
      maxHops: 128,
      idleTimeoutMs: 5000,
      ringBytes: 8_388_608,
      trackingEntries: 65_536,
      maxPacketsPerSecond: 0,
      maxCpuPercent: 0,
      stacks: "none",
      whereExpression: "",
      functionNames: true,
      batchJourneys: 128,
      batchDelayMs: 50,
    });
    assert.deepEqual(options, defaultOptions);
    assert.deepEqual(filter, Filter.fromPartial({}));
  });

  it("carries its options, its filter and its own manifest to the collector", () => {
    const mine = manifest({ name: "ip_rcv", skbPosition: 1 });
    const filter = Filter.fromPartial({
      allow: [{ l4Protocols: [17], destinationPorts: [53] }],
      whereExpression: "skb->len > 9",
    });
    const own = Module.fromPartial({ name: "own", fields: [{ name: "len", read: "skb->len" }] });
    const shipped = loadInstalledModule("gso", undefined);
    assert.ok("value" in shipped);
    const asked = TraceOptions.fromPartial({
      maxHops: 9,
      idleTimeoutMs: 10,
      maxJourneys: 11n,
      ringBytes: 4096n,
      trackingEntries: 12,
      maxPacketsPerSecond: 15,
      maxCpuPercent: 16,
      stacks: StackMode.STACK_MODE_DROPS,
      functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS,
      batchJourneys: 13,
      batchDelayMs: 14,
    });
    const checked = checkRequest({
      ...request,
      ...inline(mine),
      functionRegex: "^ip_",
      beginRegex: "_rcv$",
      moduleNames: ["gso"],
      modules: [own],
      filter,
      options: asked,
      backend: Backend.BACKEND_KPROBE,
    });
    assert.deepEqual(checked.spec, {
      manifest: mine,
      functionRegex: "^ip_",
      beginRegex: "_rcv$",
      maxFunctions: limits.maxFunctions,
      backend: "kprobe",
      filter: compileFilter(filter),
      journeys: everyJourney,
      pcapExpression: "",
      innerPcapExpression: "",
      followsAnyProtocol: false,
      modules: [
        { path: "module_names[0]", module: shipped.value },
        { path: "modules[0]", module: own },
      ],
      maxHops: 9,
      idleTimeoutMs: 10,
      ringBytes: 4096,
      trackingEntries: 12,
      maxPacketsPerSecond: 15,
      maxCpuPercent: 16,
      stacks: "drops",
      whereExpression: "skb->len > 9",
      functionNames: false,
      batchJourneys: 13,
      batchDelayMs: 14,
    });
    assert.deepEqual(checked.filter, filter);
    assert.equal(checked.options.queueBytes, defaultOptions.queueBytes);
  });

  it("takes a compiled module where its client may bring code, and only there", () => {
    const modules = [Module.fromPartial({ name: "mine", object: Buffer.from("x") })];
    const asked = { ...request, modules };
    assert.deepEqual(checkRequest(asked, { ...leastAccess, role: "operator" }).spec.modules, [
      { path: "modules[0]", module: modules[0] },
    ]);
    assert.throws(
      () => checkRequest(asked),
      (error) =>
        error instanceof IpftraceError && error.code === "FORBIDDEN" && /^"mine" is a compiled/.test(error.message),
    );
  });

  const backends: [Backend, string | undefined][] = [
    [Backend.BACKEND_UNSPECIFIED, undefined],
    [Backend.BACKEND_KPROBE_MULTI, "kprobe-multi"],
    [Backend.BACKEND_KPROBE, "kprobe"],
    [Backend.BACKEND_TRACEPOINT, "tracepoint"],
  ];
  for (const [backend, name] of backends) {
    it(`backend ${backend} is ${name ?? "the best"}`, () => {
      assert.equal(checkRequest({ ...request, backend }).spec.backend, name);
      if (name !== undefined) assert.equal(backendNumber(name as Parameters<typeof backendNumber>[0]), backend);
    });
  }

  for (const name of shippedManifestNames()) {
    it(`manifest "${name}" is found by its name`, () => {
      assert.equal(manifestOf({ $case: "manifestName", value: name }).name, name);
    });
  }
  it('manifest "" is the generic one, as no manifest is', () => {
    assert.equal(manifestOf({ $case: "manifestName", value: "" }).name, "generic");
    assert.equal(manifestOf(undefined).name, "generic");
  });
});

describe("a request that cannot", () => {
  const cases: [what: string, more: Partial<TraceRequest>, faults: Record<string, RegExp>][] = [
    ["an unknown backend", { backend: 99 as Backend }, { backend: /99 is not a Backend/ }],
    [
      "an expression that is too long",
      { functionRegex: "x".repeat(513) },
      { function_regex: /has 513 characters: give 512 at most/ },
    ],
    [
      "one for the functions where journeys begin that is too long",
      { beginRegex: "x".repeat(513) },
      { begin_regex: /has 513 characters: give 512 at most/ },
    ],
    [
      "a module that does not exist",
      { moduleNames: ["gso", "gsoo", "../modules/gso"] },
      {
        "module_names[1]": /no module "gsoo" \(did you mean "gso"\?\): the modules are .*gso/,
        "module_names[2]": /no module "\.\.\/modules\/gso"/,
      },
    ],
    [
      "modules of its own that are empty",
      { modules: TraceRequest.fromPartial({ modules: [{ name: "a b" }] }).modules },
      { "modules[0].name": /"a b" cannot be the name of a module/, "modules[0].fields": /has no fields/ },
    ],
    [
      "a module that is asked for twice",
      { moduleNames: ["len", "len"] },
      { "module_names[1]": /two modules "len", the first is module_names\[0\]/ },
    ],
    ["too many modules", { moduleNames: Array(17).fill("len") }, { module_names: /17 modules .*: 16 are the most/ }],
    [
      "a manifest that does not exist",
      { manifestSource: { $case: "manifestName", value: "generi" } },
      { manifest_name: /no manifest "generi" \(did you mean "generic"\?\).*generic/ },
    ],
    [
      "a path in place of a manifest's name",
      { manifestSource: { $case: "manifestName", value: "../manifests/generic" } },
      { manifest_name: /no manifest/ },
    ],
    ["a manifest without functions", inline(Manifest.fromPartial({})), { "manifest.groups": /has 0 functions/ }],
    [
      "faults in its own manifest",
      inline(manifest({ name: "ip_rcv" }, { name: "no such thing", skbPosition: 6 }, { name: "ip_rcv" })),
      {
        "manifest.groups[0].functions[1].name": /"no such thing" cannot be the name/,
        "manifest.groups[0].functions[1].skb_position": /is 6/,
        "manifest.groups[0].functions[2].name": /listed twice/,
      },
    ],
    [
      "a fault in its filter",
      { filter: Filter.fromPartial({ allow: [{ sourceIpv4: ["10.0.0.256"] }] }) },
      { "filter.allow[0].source_ipv4[0]": /10\.0\.0\.256/ },
    ],
    [
      "faults everywhere: all are told at once",
      {
        backend: -1 as Backend,
        moduleNames: ["x"],
        filter: Filter.fromPartial({ pcapExpression: "tcp\0" }),
        options: TraceOptions.fromPartial({ maxHops: 5000 }),
        ...inline(manifest({ name: "" })),
      },
      {
        backend: /-1/,
        "module_names[0]": /no module "x"/,
        "filter.pcap_expression": /./,
        "options.max_hops": /5000 is not in 1-4096/,
        "manifest.groups[0].functions[0].name": /""/,
      },
    ],
  ];
  for (const [what, more, expected] of cases) {
    it(what, () => {
      const found = faults(more);
      assert.deepEqual([...found.keys()].sort(), Object.keys(expected).sort());
      for (const [field, words] of Object.entries(expected)) assert.match(found.get(field) ?? "", words);
    });
  }
});
