/** Devices on top of devices: VLAN, VRF, and a program at a device that makes the kernel rebuild the packet. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { LinkKind } from "../../../../src/gen/ipftrace/v1/journey.js";
import { assertConsumed, assertFlows, assertPath, childrenOf, namespacesOf, onlyWithFlow } from "../expect.js";
import { IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;

/** VLAN, VRF, XDP. */
export const links: readonly Scenario[] = [
  {
    name: "vlan",
    why: "down through the VLAN's device and its cable, over a bridge, up to the other's: one journey",
    functions: [...IPV4, "vlan_dev_hard_start_xmit/1"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.7.10"], direction },
    traffic: "ping_once host0 10.1.7.11",
    expect(seen) {
      const journey = onlyWithFlow(seen, "ICMP 10.1.7.10 > 10.1.7.11");
      assertPath(journey, [
        ...SENT,
        "vlan_dev_hard_start_xmit",
        "dev_hard_start_xmit",
        "dev_hard_start_xmit",
        ...RECEIVED,
        "icmp_rcv",
      ]);
      assert.equal(namespacesOf(journey).length, 3, journeysText([journey]));
      const [first, tagged] = journey.hops.filter((hop) => hop.function === "dev_hard_start_xmit");
      assert.notEqual(first?.ifindex, tagged?.ifindex, journeysText([journey]));
      assertConsumed(journey);
    },
  },
  {
    name: "vrf",
    why: "in by the VRF's device and out by it: the interface changes from the cable's to the VRF's",
    functions: [...IPV4, "vrf_l3_rcv/2", "vrf_l3_out/3"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.4.10"] },
    traffic: "ping_once client 10.1.4.1",
    expect(seen) {
      assertFlows(seen, ["ICMP 10.1.4.10 > 10.1.4.1", "ICMP 10.1.4.1 > 10.1.4.10"]);
      const request = onlyWithFlow(seen, "ICMP 10.1.4.10 > 10.1.4.1");
      assertPath(request, [...SENT, "ip_rcv", "vrf_l3_rcv", "ip_local_deliver", "icmp_rcv"]);
      const at = (name: string) => request.hops.find((hop) => hop.function === name)?.ifindex;
      assert.notEqual(at("ip_rcv"), at("ip_local_deliver"), journeysText([request]));
      assertPath(onlyWithFlow(seen, "ICMP 10.1.4.1 > 10.1.4.10"), ["vrf_l3_out", ...SENT, ...RECEIVED, "icmp_rcv"]);
    },
  },
  {
    name: "xdp-rebuild",
    why: "a veth with an XDP program copies the packet into a new sk_buff: the copy names its parent",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.5.10"], direction },
    traffic: `
      in_ns server ip link set s2 xdpdrv obj dist/lab/xdp-pass.o sec xdp
      ping_once client 10.1.5.20
      in_ns server ip link set s2 xdpdrv off`,
    expect(seen) {
      assert.equal(seen.journeys.length, 2, journeysText(seen.journeys));
      const sent = seen.journeys.find(({ links: parents }) => parents.length === 0);
      assert.ok(sent !== undefined, journeysText(seen.journeys));
      assertPath(sent, SENT);
      const [rebuilt] = childrenOf(seen, sent, LinkKind.LINK_KIND_COPY);
      assert.ok(rebuilt !== undefined, journeysText(seen.journeys));
      // NAPI hands packets over in lists, which ip_rcv does not see.
      assertPath(rebuilt, ["ip_local_deliver", "icmp_rcv"]);
      assertConsumed(rebuilt);
    },
  },
];
