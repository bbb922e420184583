/** Modules that show what is around a packet, against ip, nft, netlink, tc and the file system. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { assertValues, type HopValues, match } from "../../../helpers/compare-values.js";
import { type Connection, connections } from "../connections.js";
import { withFlow } from "../expect.js";
import { IPV4 } from "../functions.js";
import { printed, values } from "../module-values.js";
import type { Kernel, Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
/** RTN_UNICAST and RTN_LOCAL of include/uapi/linux/rtnetlink.h. */
const [UNICAST, LOCAL] = ["1", "2"];
const IPPROTO_TCP = 6;

/** Of a line that `ip route get` printed behind the name of a namespace. */
function routeIn({ outcome }: Seen, namespace: string): HopValues {
  const line = match(outcome.output, new RegExp(`^${namespace}: (.*)$`, "m"));
  return {
    dst_dev: match(line, / dev (\S+)/),
    gateway: / via (\S+)/.exec(line)?.[1] ?? "0.0.0.0",
    rt_type: line.startsWith("local ") ? LOCAL : UNICAST,
  };
}

function assertRoutes(seen: Seen): void {
  const [client, router, server] = ["client", "router", "server"].map((name) => printed(seen, `netns ${name}`));
  assertValues(values(seen, "ip_output", client)[0], { ...routeIn(seen, "client"), iif: "0" });
  for (const hop of values(seen, "ip_forward", router)) {
    assertValues(hop, { ...routeIn(seen, "router"), iif: String(printed(seen, "ifindex r0")) });
  }
  for (const hop of values(seen, "ip_local_deliver", server)) {
    assertValues(hop, { ...routeIn(seen, "server"), iif: String(printed(seen, "ifindex s0")) });
  }
  assertValues(values(seen, "dev_hard_start_xmit", client)[0], {
    dev: "c0",
    dev_netns: String(client),
    sk_netns: String(client),
  });
  // Between the cable's end and IP the packet still has its sender's socket.
  assertValues(values(seen, "ip_rcv", router)[0], {
    dev: "r0",
    dev_netns: String(router),
    sk_netns: String(client),
  });
}

/** nft set the mark by what it knows: 0x100 + the number in enum ip_conntrack_info. */
const RELATIONS: Readonly<Record<string, string>> = {
  "0x100": "IP_CT_ESTABLISHED",
  "0x102": "IP_CT_NEW",
  "0x103": "IP_CT_IS_REPLY",
  "0x104": "IP_CT_RELATED_REPLY",
};

/** The TCP connection of these packets: the kernel also lists, for two minutes, those of scenarios before. */
function tracedConnection(seen: Seen): Connection {
  const port = withFlow(seen, "TCP 10.1.1.10:* > 10.1.1.1:8080")[0]?.flow?.sourcePort;
  assert.ok(port !== undefined, `no packet opened the connection:\n${journeysText(seen.journeys)}`);
  const known = connections(seen.outcome.output).find(
    ({ protocol, sourcePort }) => protocol === IPPROTO_TCP && sourcePort === port,
  );
  assert.ok(known !== undefined, `netlink lists no TCP connection from port ${port}:\n${seen.outcome.output}`);
  return known;
}

function assertConnections(seen: Seen): void {
  const router = printed(seen, "netns router");
  const known = tracedConnection(seen);
  const hops = values(seen, "ip_forward", router);
  const relations = new Set(hops.map((hop) => hop["mark.mark"]));
  assert.deepEqual([...relations].sort(), Object.keys(RELATIONS));
  for (const hop of hops) assert.equal(hop["ctinfo"], RELATIONS[String(hop["mark.mark"])]);
  const { source, destination, sourcePort, destinationPort, mark } = known;
  const ofTcp = hops.filter((hop) => hop["orig_dport"] === String(destinationPort));
  assert.ok(ofTcp.length > 0);
  for (const hop of ofTcp) {
    assertValues(hop, {
      orig_src: source,
      orig_dst: destination,
      orig_sport: String(sourcePort),
      "ct.mark": `0x${mark.toString(16)}`,
    });
  }
  assert.equal(ofTcp.at(-1)?.["status"], known.status);
  for (const hop of values(seen, "ip_rcv", router)) assertValues(hop, { ctinfo: undefined, status: undefined });
}

/** Where the packet is: route, connection, queue, namespace, control group. */
export const moduleNetwork: readonly Scenario[] = [
  {
    name: "module-route-netns",
    why: "route shows what ip route get says, netns the inodes of the namespaces, on the way of a forwarded packet",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"], direction },
    modules: ["route", "netns"],
    traffic: `
      print_netns client router server
      print_ifindex router r0
      print_ifindex server s0
      echo "client: $(in_ns client ip -o route get 10.1.2.20)"
      echo "router: $(in_ns router ip -o route get 10.1.2.20 from 10.1.1.10 iif r0)"
      echo "server: $(in_ns server ip -o route get 10.1.2.20 from 10.1.1.10 iif s0)"
      ping_once client 10.1.2.20`,
    expect: assertRoutes,
  },
  {
    name: "module-ct",
    why: "ct shows what netlink tells of the connection and nft of the packet, before and behind NAT",
    functions: ["ip_rcv", "ip_forward", "ip_output"],
    filter: { ipVersion: 4, l4Protocols: [1, IPPROTO_TCP, 17] },
    modules: ["ct", "mark"],
    missing: ({ line }: Kernel) =>
      line === "5.10" ? "nf_conntrack is a module there, and those have no BTF before Linux 5.11" : undefined,
    traffic: `
      print_netns router
      in_ns router nft 'table ip truths {
        chain pre {
          type filter hook prerouting priority -50;
          ct mark set 0x1234abcd
          ct state established ct direction original meta mark set 0x100
          ct state related ct direction original meta mark set 0x101
          ct state new ct direction original meta mark set 0x102
          ct state established ct direction reply meta mark set 0x103
          ct state related ct direction reply meta mark set 0x104
        }
      }'
      tcp_bytes client server 10.1.1.1 8080 10 80
      datagram client 10.1.2.20 7306
      sleep 0.2
      in_ns router dist/lab/list-connections
      in_ns router nft delete table ip truths`,
    expect: assertConnections,
  },
  {
    name: "module-qdisc",
    why: "qdisc shows what tc shows, of a queue in which packets wait",
    functions: ["ip_finish_output2"],
    filter: { l4Protocols: [17], destinationPorts: [7307, 7308], direction },
    modules: ["qdisc"],
    traffic: `
      in_ns wire0 tc qdisc add dev w root handle 1234: netem delay 60s
      for n in 1 2 3; do datagram wire0 10.1.6.11 7307 100; done
      in_ns wire0 tc -s qdisc show dev w
      datagram wire0 10.1.6.11 7308 100
      in_ns wire0 tc qdisc delete dev w root`,
    expect(seen) {
      const text = seen.outcome.output;
      const last = values(
        { ...seen, journeys: seen.journeys.filter(({ flow }) => flow?.destinationPort === 7308) },
        "ip_finish_output2",
      );
      assertValues(last[0], {
        qdisc: match(text, /^qdisc (\S+) /m),
        handle: `0x${match(text, /^qdisc \S+ (\w+): root/m)}0000`,
        qlen: match(text, /backlog \d+b (\d+)p/),
        backlog: match(text, /backlog (\d+)b/),
      });
      assert.equal(last[0]?.["qlen"], "3");
    },
  },
  {
    name: "module-cgroup",
    why: "cgroup shows the inode number and the name of the directory of the sender's control group",
    functions: ["ip_output"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    modules: ["cgroup"],
    traffic: `
      mkdir /sys/fs/cgroup/truths
      echo "inode $(stat -c %i /sys/fs/cgroup/truths)"
      bash -c 'echo $$ >/sys/fs/cgroup/truths/cgroup.procs; exec ip netns exec wire0 ping -q -c 1 -W 10 10.1.6.11'
      rmdir /sys/fs/cgroup/truths`,
    expect(seen) {
      assertValues(values(seen, "ip_output")[0], { cgroup: String(printed(seen, "inode")), name: "truths" });
    },
  },
];
