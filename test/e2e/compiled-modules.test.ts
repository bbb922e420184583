import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ServiceError, status } from "@grpc/grpc-js";
import { compileModule } from "../../src/cli/compile-module.js";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import type { CustomSchema, Module } from "../../src/gen/ipftrace/v1/custom.js";
import type { Hop } from "../../src/gen/ipftrace/v1/journey.js";
import { TraceRequest, type TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { loadModuleFile } from "../../src/module/load.js";
import { compiledFrom, GSO_SOURCE, ONE_NUMBER } from "../helpers/compiled.js";
import { freePort } from "../helpers/free-port.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { ipftrace, serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { accountSum, clientOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const PORT = 9012;
const SENT_BYTES = 300_000;
const { left, right } = labAddresses;

/** What a hop has of a module, in the order of its fields. */
function valuesOf(hop: Hop, schema: CustomSchema | undefined): unknown[] {
  const fields = schema?.fields ?? [];
  return fields.map(({ fieldId }) => hop.custom.find((one) => one.fieldId === fieldId)?.value);
}

/** The schema without what tells modules of one trace apart. */
function plainFields(schema: CustomSchema | undefined): unknown[] {
  return (schema?.fields ?? []).map(({ fieldId: _, ...field }) => field);
}

function renamed(module: Module, name: string): Module {
  return { ...module, name };
}

/** The hops of a trace, every one of which two modules must tell the same of. */
function assertSame(trace: Traced): Hop[] {
  const [first, second] = trace.events("started")[0]?.schemas ?? [];
  const hops = trace.journeys.flatMap((journey) => journey.hops);
  for (const hop of hops) {
    const values = valuesOf(hop, first);
    assert.ok(
      values.every((value) => value !== undefined),
      "a value is missing",
    );
    assert.deepEqual(valuesOf(hop, second), values);
  }
  assert.deepEqual(plainFields(first), plainFields(second));
  return hops;
}

kernelTest("a compiled module tells what the declarative one of the same data tells", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const filter = { allow: [{ sourceIpv4: [left.ipv4], destinationPorts: [PORT] }] };
  const compiled = compileModule(GSO_SOURCE).module;
  const inline = loadModuleFile("examples/modules/gso.yaml").module;
  const traces = [
    new Traced(client, { filter, moduleNames: ["gso", "mark"], modules: [renamed(compiled, "compiled")] }),
    new Traced(client, { filter, modules: [compiled, renamed(inline, "inline")] }),
  ];
  for (const trace of traces) await trace.started();
  const receiver = lab.run("right", ["socat", "-u", `TCP-LISTEN:${PORT}`, "OPEN:/dev/null"]);
  const sender = `head -c ${SENT_BYTES} /dev/zero | socat -u - TCP:${right.ipv4}:${PORT},retry=50,interval=0.1`;
  await Promise.all([receiver, lab.run("left", ["bash", "-c", sender])]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of traces) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
  }
  const [withMark, inOrder] = traces as [Traced, Traced];
  const hops = assertSame(inOrder);
  const [, size, segments, type] = inOrder.events("started")[0]?.schemas[0]?.fields ?? [];
  const cut = hops.filter(({ custom }) =>
    [size, segments, type].every((field) =>
      custom.some(({ fieldId, value }) => fieldId === field?.fieldId && value?.value !== 0n),
    ),
  );
  assert.ok(cut.length > 0, "no packet was to be cut up, so that nothing was compared");
  const schemas = withMark.events("started")[0]?.schemas ?? [];
  assert.deepEqual(
    schemas.map(({ name }) => name),
    ["gso", "mark", "compiled"],
  );
  for (const hop of withMark.journeys.flatMap((journey) => journey.hops)) {
    assert.deepEqual(valuesOf(hop, schemas[2]), valuesOf(hop, schemas[0]));
  }
});

kernelTest("packets for which a compiled module returns 0 are left out", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const module = compiledFrom(
    context,
    "large",
    `${ONE_NUMBER}static __u64 calls;
int module_collect(struct sk_buff *skb, struct values *values)
{
	__u32 len = BPF_CORE_READ(skb, len);

	__sync_fetch_and_add(&calls, 1);
	values->a = calls;
	return len > 500;
}
`,
  );
  const trace = new Traced(client, {
    filter: { allow: [{ sourceIpv4: [left.ipv4], l4Protocols: [1] }] },
    modules: [module],
  });
  await trace.started();
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-s", "100", "-W", "5", right.ipv4]);
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-s", "1000", "-W", "5", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  const account = await trace.stop();
  assert.equal(account.seenEvents, accountSum(account));
  assert.ok(account.filteredEvents > 0n);
  const hops = trace.journeys.flatMap((journey) => journey.hops);
  assert.ok(hops.length > 0, "the large ones were left out, too");
  for (const { length, custom } of hops) {
    assert.ok(length > 500, `a packet of ${length} bytes was followed`);
    const [value] = custom;
    assert.ok(value?.value?.$case === "unsignedValue" && value.value.value > 0n, "its own variables keep their values");
  }
});

const BODY = "int module_collect(struct sk_buff *skb, struct values *values)\n";
const refused: readonly [what: string, source: string, code: status, details: RegExp][] = [
  [
    "that reads through the pointer itself",
    `${BODY}{\n\tvalues->a = *(volatile unsigned int *)&skb->len;\n\treturn 1;\n}`,
    status.FAILED_PRECONDITION,
    /^the kernel refuses the module "bad": R\d invalid mem access '\w+', at "values->a = .*skb->len;.*" \(\d+ more lines\)$/,
  ],
  [
    "that writes beyond the block",
    `${BODY}{\n\t((volatile __u32 *)values)[1000] = 1;\n\treturn 1;\n}`,
    status.FAILED_PRECONDITION,
    /^the kernel refuses the module "bad": .*outside of the allowed memory range, at "/,
  ],
  [
    "that reads what this kernel lacks",
    `struct sk_buff___mine {\n\tint nope;\n} __attribute__((preserve_access_index));\n${BODY}{\n\tvalues->a = BPF_CORE_READ((struct sk_buff___mine *)skb, nope);\n\treturn 1;\n}`,
    status.FAILED_PRECONDITION,
    /^the kernel refuses the module "bad": .*CO-RE relocation.*struct sk_buff___mine\.nope/,
  ],
  [
    "with a map of a name that is taken",
    `struct {\n\t__uint(type, BPF_MAP_TYPE_ARRAY);\n\t__uint(max_entries, 1);\n\t__type(key, __u32);\n\t__type(value, __u64);\n} ring SEC(".maps");\n${BODY}{\n\t__u32 zero = 0;\n\tvalues->a = !bpf_map_lookup_elem(&ring, &zero);\n\treturn 1;\n}`,
    status.INVALID_ARGUMENT,
    /^modules\[0\]\.object: "bad" defines ring, and so does the collector: give yours another name, or make it static$/,
  ],
];

kernelTest(
  "modules that the kernel or the linker refuses, and traces go on without them",
  whyNotHere,
  async (context) => {
    const { client } = await labWithServer(context);
    for (const [what, source, code, details] of refused) {
      const bad = compiledFrom(context, "bad", ONE_NUMBER + source);
      const fault = await new Traced(client, { modules: [bad] }).done;
      assert.match(fault?.details ?? "", details, what);
      assert.equal(fault?.code, code, what);
      const explained = await new Promise<ServiceError | null>((resolve) => {
        client.explainTrace({ trace: TraceRequest.fromPartial({ modules: [bad] }) }, resolve);
      });
      assert.match(explained?.details ?? "", details, what);
      assert.equal(explained?.code, code, what);
    }
    const sound = new Traced(client, { filter: { allow: [{ l4Protocols: [253] }] } });
    await sound.started();
    await sound.stop();
  },
);

kernelTest(
  "code comes through the operators' socket or from the server's folder, and not over TCP",
  whyNotHere,
  async (context) => {
    const port = await freePort();
    const folder = temporaryFolder(context);
    const { target } = await serve(context, port, ["--module-dir", folder]);
    const [here, there] = [clientOf(target), clientOf(`127.0.0.1:${port}`)];
    context.after(() => here.close());
    context.after(() => there.close());
    const module = renamed(compileModule(GSO_SOURCE).module, "mine");
    writeFileSync(join(folder, "installed.bpf.o"), module.object);
    writeFileSync(join(folder, "torn.bpf.o"), module.object.subarray(0, 2000));
    copyFileSync("examples/modules/mark.yaml", join(folder, "other.yaml"));
    const filter = { allow: [{ l4Protocols: [253] }] };
    const denied = await new Traced(there, { filter, modules: [module] }).done;
    assert.equal(denied?.code, status.PERMISSION_DENIED);
    assert.match(
      denied?.details ?? "",
      /^"mine" is a compiled module, and this server takes code from operators only: /,
    );
    const accepted: [TraceServiceClient, { modules: Module[]; moduleNames: string[] }][] = [
      [here, { modules: [module], moduleNames: [] }],
      [there, { modules: [], moduleNames: ["installed", "other", "gso"] }],
    ];
    for (const [client, modules] of accepted) {
      const trace = new Traced(client, { filter, ...modules });
      await trace.started();
      await trace.stop();
    }
    const torn = await new Traced(there, { filter, moduleNames: ["torn"] }).done;
    assert.match(torn?.details ?? "", /^module_names\[0\]\.object: "torn" is cut off or damaged: /);
    const checked = ipftrace(context, ["module", "check", "--server", `127.0.0.1:${port}`, GSO_SOURCE]);
    assert.equal(await checked.end(), 1);
    assert.match(checked.err, /^ipftrace: "gso" is a compiled module, and this server takes code from operators only/);
    const listed = ipftrace(context, ["list", "--modules", "--server", `127.0.0.1:${port}`]);
    assert.equal(await listed.end(), 0, listed.err);
    assert.match(listed.out, /^installed {2,}gso_type {2,}flags /m);
    assert.match(listed.out, /^torn {2,}not on this kernel: "torn" is cut off or damaged/m);
  },
);

kernelTest(
  "module check tells the fields, or the reason of the verifier with the lines left out",
  whyNotHere,
  async (context) => {
    const folder = temporaryFolder(context);
    const bad = join(folder, "bad.bpf.c");
    writeFileSync(bad, `${ONE_NUMBER}${BODY}{\n\tvalues->a = *(volatile unsigned int *)&skb->len;\n\treturn 1;\n}\n`);
    const cases: [file: string, status: number, out: RegExp, err: RegExp][] = [
      [GSO_SOURCE, 0, /^gso +gso_type +flags .*\n(.*\n)*it adds 24 bytes to every hop\n$/m, /^$/],
      ["examples/modules/gso.yaml", 0, /^gso +gso_type +flags .*\n(.*\n)*it adds 24 bytes to every hop\n$/m, /^$/],
      [
        bad,
        1,
        /^$/,
        /^ipftrace: \S+bad\.bpf\.c: the kernel refuses the module "bad": R\d invalid mem access '\w+', at "values->a = .*" \(\d+ more lines\)\n$/,
      ],
    ];
    for (const [file, exitStatus, out, err] of cases) {
      const checked = ipftrace(context, ["module", "check", file]);
      assert.equal(await checked.end(), exitStatus, checked.err);
      assert.match(checked.out, out);
      assert.match(checked.err, err);
    }
  },
);
