import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { checkManifest } from "../../src/manifest/check.js";
import { loadManifestFile } from "../../src/manifest/load.js";
import { loadShippedManifest, shippedManifestNames } from "../../src/manifest/shipped.js";
import { summary } from "./helpers.js";

const inFiles = shippedManifestNames().filter((name) => name !== "all");

describe("shippedManifestNames", () => {
  it("has generic and the built-in all among sorted names", () => {
    const names = shippedManifestNames();
    assert.ok(names.includes("generic") && names.includes("all"));
    assert.deepEqual(names, [...names].sort());
  });
});

describe("loadShippedManifest", () => {
  it("has no functions in all, which only a kernel knows", () => {
    const { manifest, warnings } = loadShippedManifest("all");
    assert.deepEqual([manifest.name, manifest.groups, warnings], ["all", [], []]);
    assert.notEqual(manifest.description, "");
  });

  for (const name of inFiles) {
    it(`describes ${name}, and each of its groups, in one sentence`, () => {
      const { description, groups } = loadShippedManifest(name).manifest;
      const sentences = [description, ...groups.map((group) => group.description)];
      for (const sentence of name === "generic" ? [description] : sentences) assert.match(sentence, /^[A-Z].*\.$/);
    });

    it(`has built ${name} from its file as that is now`, () => {
      assert.deepEqual(loadShippedManifest(name), loadManifestFile(`examples/manifests/${name}.yaml`));
    });

    it(`loads ${name} without warnings, under its own name, fit for a request`, () => {
      const { manifest, warnings } = loadShippedManifest(name);
      assert.deepEqual(warnings, []);
      assert.equal(manifest.name, name);
      assert.notEqual(manifest.description, "");
      assert.deepEqual(checkManifest(manifest), []);
    });
  }

  it("has in generic the functions of the original's manifest, in its order", () => {
    assert.deepEqual(summary(loadShippedManifest("generic")), [
      "ipv4: ip_rcv/1 ip_local_deliver/1 ip_local_out/3 ip_output/3 ip_finish_output2/3 ip_local_deliver_finish/3 ip_forward/1 ip_route_input_noref/1 ip_build_and_send_pkt/1 __ip_queue_xmit/2 ip_do_fragment/3 ip_send_skb/2",
      "vrf: vrf_l3_rcv/2 vrf_l3_out/3 vrf_output/3 vrf_xmit/1 vrf_local_xmit/1",
      "ipv6: ipv6_rcv/1 ip6_input/1 ip6_output/3 ip6_local_out/3 ip6_forward/1 ipv6_rthdr_rcv/1 ip6_finish_output2/3 ip6_input_finish/3",
      "lwt: lwtunnel_input/1 lwtunnel_output/3 lwtunnel_xmit/1",
      "seg6: seg6_input/1 seg6_output/3",
      "ipip: ipip_rcv/1 ipip_tunnel_xmit/1",
      "ip_tunnel: ip_tunnel_rcv/2 ip_tunnel_xmit/1",
      "gso: __skb_gso_segment/1 skb_mac_gso_segment/1 ipip_gso_segment/1 tcp_gso_segment/1 inet_gso_segment/1 validate_xmit_skb/1 dev_hard_start_xmit/1*",
      "misc: kfree_skb/1* kfree_skb_reason/1* sk_skb_reason_drop/2*",
    ]);
  });

  it("reads each file once: every request of a client that names none asks for generic", () => {
    assert.strictEqual(loadShippedManifest("generic"), loadShippedManifest("generic"));
  });

  it("names the manifests that exist, and the nearest, for an unknown name", () => {
    assert.throws(
      () => loadShippedManifest("genric"),
      (error) => {
        assert.ok(error instanceof IpftraceError);
        assert.equal(error.code, "INVALID_INPUT");
        assert.match(
          error.message,
          /^there is no manifest "genric" \(did you mean "generic"\?\): the manifests are .*generic/,
        );
        assert.deepEqual(error.violations, [{ field: "manifest_name", description: error.message }]);
        return true;
      },
    );
  });

  for (const name of [
    "",
    ".",
    "..",
    "../generic",
    "generic.yaml",
    "./generic",
    "/etc/passwd",
    "GENERIC",
    "generic\0",
    "a".repeat(100_000),
  ]) {
    it(`cannot be led elsewhere by ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.throws(() => loadShippedManifest(name), /there is no manifest/);
    });
  }
});
