import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileFunctionRegex } from "../../src/collector/function-regex.js";
import { kernelStates, manifestStates, resolveManifest } from "../../src/collector/resolve.js";
import { FunctionState, Manifest } from "../../src/gen/ipftrace/v1/manifest.js";
import { fakeKernel } from "./fake-kernel.js";

const ATTACHABLE = FunctionState.FUNCTION_STATE_ATTACHABLE;
const NOT_FOUND = FunctionState.FUNCTION_STATE_NOT_FOUND;
const NOT_PROBEABLE = FunctionState.FUNCTION_STATE_NOT_PROBEABLE;
const NO_SKB = FunctionState.FUNCTION_STATE_NO_SKB_ARGUMENT;

interface Listed {
  readonly name: string;
  readonly skbPosition?: number;
  readonly egress?: boolean;
}

function manifest(...functions: Listed[]): Manifest {
  return Manifest.fromPartial({ name: "mine", groups: [{ name: "g", functions }] });
}

const all = Manifest.fromPartial({ name: "all" });
const every = (): boolean => true;

const kernel = fakeKernel({
  positions: {
    ip_rcv: 1,
    ip_output: 3,
    sock_create: 0,
    hidden: 2,
    twice: 1,
    placed: 1,
    shrunk: 1,
    vrf_xmit: 1,
    __kfree_skb: 1,
  },
  seconds: { ip_rcv: 4 },
  probeable: {
    ip_rcv: "vmlinux",
    ip_output: "vmlinux",
    sock_create: "vmlinux",
    twice: "vmlinux",
    placed: "vmlinux",
    "shrunk.isra.0": "vmlinux",
    vrf_xmit: "vrf",
    br_forward: "bridge",
    __kfree_skb: "vmlinux",
  },
  tracepoints: { net_dev_queue: 1, kfree_skb: 1 },
  copies: { twice: 2, placed: 2 },
  addresses: { placed: [0x10n, 0x20n] },
  changed: { shrunk: "shrunk.isra.0" },
});

describe("the state of a function", () => {
  const cases: [what: string, listed: Listed, state: FunctionState, position: number, reason: RegExp][] = [
    ["a function of the kernel", { name: "ip_rcv" }, ATTACHABLE, 1, /^$/],
    ["one whose position the manifest has wrong", { name: "ip_output", skbPosition: 1 }, ATTACHABLE, 3, /^$/],
    ["one with two packets, the second of which is meant", { name: "ip_rcv", skbPosition: 4 }, ATTACHABLE, 4, /^$/],
    ["one without a packet", { name: "sock_create", skbPosition: 1 }, NO_SKB, 1, /^none of its first five/],
    ["one that may not be probed", { name: "hidden" }, NOT_PROBEABLE, 0, /does not allow probes/],
    ["one that does not exist", { name: "ip_rvc" }, NOT_FOUND, 0, /no such function; the nearest name is ip_rcv$/],
    ["a name of two functions", { name: "twice" }, NOT_PROBEABLE, 0, /2 functions of that name/],
    ["one that the compiler changed", { name: "shrunk" }, NOT_PROBEABLE, 0, /made shrunk\.isra\.0 of it/],
    ["that by its own name and position", { name: "shrunk.isra.0", skbPosition: 2 }, ATTACHABLE, 2, /^$/],
    ["that without its position", { name: "shrunk.isra.0" }, NO_SKB, 0, /give skb_pos in the manifest$/],
    ["a module's without BTF, with position", { name: "br_forward", skbPosition: 2 }, ATTACHABLE, 2, /^$/],
    ["a module's without BTF and position", { name: "br_forward" }, NO_SKB, 0, /does not tell the types/],
    ["a tracepoint", { name: "tracepoint:net_dev_queue" }, ATTACHABLE, 1, /^$/],
    ["an unknown tracepoint", { name: "tracepoint:net_dev_que" }, NOT_FOUND, 0, /nearest name is tracepoint:net_dev_/],
  ];
  for (const [what, listed, state, position, reason] of cases) {
    it(`of ${what}`, () => {
      const [found] = manifestStates(manifest(listed), kernel, "kprobe");
      assert.equal(found?.state, state, found?.reason);
      assert.equal(found?.skbPosition, position);
      assert.match(found?.reason ?? "", reason);
    });
  }

  it("of a name of two functions whose addresses are known depends on the backend", () => {
    const [all] = manifestStates(manifest({ name: "placed" }), kernel, "kprobe-multi");
    assert.deepEqual([all?.state, all?.reason, all?.skbPosition], [ATTACHABLE, "", 1]);
    const [one] = manifestStates(manifest({ name: "placed" }), kernel, "kprobe");
    assert.equal(one?.state, NOT_PROBEABLE);
    assert.match(one.reason, /2 functions of that name; only kprobe-multi/);
  });

  it("tells the module that holds it", () => {
    const found = manifestStates(manifest({ name: "vrf_xmit" }, { name: "ip_rcv" }), kernel, "kprobe");
    assert.deepEqual(
      found.map(({ module }) => module),
      ["vrf", "vmlinux"],
    );
  });

  it("is attachable where the kernel does not tell what can be probed", () => {
    const silent = fakeKernel({ positions: { ip_rcv: 1 } });
    assert.equal(manifestStates(manifest({ name: "ip_rcv" }), silent, "kprobe")[0]?.state, ATTACHABLE);
    assert.equal(manifestStates(manifest({ name: "ip_rvc" }), silent, "kprobe")[0]?.state, NOT_FOUND);
  });

  it("keeps an egress mark from any mention, but not on functions that free", () => {
    const listed = [
      { name: "ip_output" },
      { name: "ip_output", egress: true },
      { name: "__kfree_skb", egress: true },
      { name: "__kfree_skb", egress: true },
    ];
    const found = manifestStates(manifest(...listed), kernel, "kprobe");
    assert.deepEqual(
      found.map(({ name, egress }) => [name, egress]),
      [
        ["ip_output", true],
        ["__kfree_skb", false],
      ],
    );
  });
});

describe("resolveManifest", () => {
  const names = (resolved: { traced: readonly { name: string }[] }): string[] =>
    resolved.traced.map(({ name }) => name);

  it("splits a manifest into what is traced, numbered from 1, and what is not", () => {
    const listed = manifest({ name: "hidden" }, { name: "ip_output" }, { name: "tracepoint:kfree_skb" });
    const { traced, skipped } = resolveManifest(listed, kernel, "kprobe-multi", every);
    assert.deepEqual(
      traced.map(({ id, name, position, tracepoint }) => [id, name, position, tracepoint]),
      [
        [1, "ip_output", 3, undefined],
        [2, "tracepoint:kfree_skb", 1, "kfree_skb"],
      ],
    );
    assert.deepEqual(
      skipped.map(({ name }) => name),
      ["hidden"],
    );
  });

  it("takes every tracepoint with the tracepoint backend, where the manifest names none", () => {
    const { traced, skipped } = resolveManifest(manifest({ name: "ip_rcv" }), kernel, "tracepoint", every);
    assert.deepEqual(names({ traced }), ["tracepoint:net_dev_queue", "tracepoint:kfree_skb"]);
    assert.deepEqual(
      skipped.map(({ name, state }) => [name, state]),
      [["ip_rcv", NOT_PROBEABLE]],
    );
    const named = manifest({ name: "tracepoint:kfree_skb" });
    assert.deepEqual(names(resolveManifest(named, kernel, "tracepoint", every)), ["tracepoint:kfree_skb"]);
  });

  it("makes of `all` everything that can be traced, less what sees no live packet", () => {
    const resolved = resolveManifest(all, kernel, "kprobe-multi", every);
    assert.deepEqual(names(resolved), ["ip_rcv", "ip_output", "placed", "vrf_xmit"]);
    assert.deepEqual(resolved.skipped, []);
    assert.deepEqual(names(resolveManifest(all, kernel, "tracepoint", every)), [
      "tracepoint:net_dev_queue",
      "tracepoint:kfree_skb",
    ]);
    const named = resolveManifest(manifest({ name: "__kfree_skb" }), kernel, "kprobe", every);
    assert.deepEqual(names(named), ["__kfree_skb"]);
  });

  it("leaves the insides of tracepoints out of `all`", () => {
    const insides = ["__bpf_trace_kfree_skb", "__traceiter_kfree_skb", "perf_trace_net_dev_xmit", "__probestub_x"];
    const positions = Object.fromEntries([...insides, "trace_skb"].map((name) => [name, 2]));
    const one = fakeKernel({
      positions,
      probeable: Object.fromEntries(Object.keys(positions).map((n) => [n, "vmlinux"])),
    });
    assert.deepEqual(names(resolveManifest(all, one, "kprobe", every)), ["trace_skb"]);
  });

  it("narrows by name whatever the manifest and the backend are", async () => {
    const matches = await compileFunctionRegex("^(tracepoint:)?(ip|net)_");
    const listed = manifest({ name: "ip_rcv" }, { name: "hidden" }, { name: "vrf_xmit" });
    const { traced, skipped } = resolveManifest(listed, kernel, "kprobe", matches);
    assert.deepEqual(names({ traced }), ["ip_rcv"]);
    assert.deepEqual(skipped, []);
    assert.deepEqual(names(resolveManifest(all, kernel, "kprobe", matches)), ["ip_rcv", "ip_output"]);
    assert.deepEqual(names(resolveManifest(all, kernel, "tracepoint", matches)), ["tracepoint:net_dev_queue"]);
    const none = resolveManifest(all, kernel, "kprobe", () => false);
    assert.deepEqual(none, { traced: [], skipped: [] });
  });
});

describe("where journeys begin", () => {
  it("is everywhere, unless names are asked for", () => {
    const { traced } = resolveManifest(all, kernel, "kprobe-multi", every);
    assert.deepEqual(new Set(traced.map(({ followOnly }) => followOnly)), new Set([false]));
  });

  it("is where a name matches, and elsewhere packets are only followed", async () => {
    const begins = await compileFunctionRegex("_rcv$", "begin_regex");
    const { traced } = resolveManifest(all, kernel, "kprobe-multi", every, begins);
    assert.deepEqual(
      traced.map(({ name, followOnly }) => [name, followOnly]),
      [
        ["ip_rcv", false],
        ["ip_output", true],
        ["placed", true],
        ["vrf_xmit", true],
      ],
    );
  });
});

describe("where no journey begins", () => {
  it("is where the packet may have been freed already, even if its name is asked for", () => {
    const late = fakeKernel({ tracepoints: { net_dev_queue: 1, net_dev_xmit: 1 } });
    const { traced } = resolveManifest(all, late, "tracepoint", every);
    assert.deepEqual(
      traced.map(({ tracepoint, followOnly }) => [tracepoint, followOnly]),
      [
        ["net_dev_queue", false],
        ["net_dev_xmit", true],
      ],
    );
  });
});

describe("kernelStates", () => {
  it("lists tracepoints and every function with a packet, also those that cannot be traced", () => {
    const states = kernelStates(kernel, "kprobe").map(({ name, state }) => [name, state]);
    assert.deepEqual(states, [
      ["tracepoint:net_dev_queue", ATTACHABLE],
      ["tracepoint:kfree_skb", ATTACHABLE],
      ["ip_rcv", ATTACHABLE],
      ["ip_output", ATTACHABLE],
      ["hidden", NOT_PROBEABLE],
      ["twice", NOT_PROBEABLE],
      ["placed", NOT_PROBEABLE],
      ["shrunk", NOT_PROBEABLE],
      ["vrf_xmit", ATTACHABLE],
      ["__kfree_skb", ATTACHABLE],
    ]);
  });
});
