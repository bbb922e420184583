/** Conditions that are wrong: each message names the option or the field, what was given and what is accepted. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveLocalNames } from "../../src/cli/local-names.js";
import { parseCommandLine } from "../../src/cli/parse.js";
import { IpftraceError } from "../../src/errors.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { checkRequest } from "../../src/service/request.js";

/** Option and value; what is accepted. */
const options: readonly [option: string, value: string, accepted: RegExp][] = [
  ["-iv", "5", /any, 4, 6/],
  ["-iv", "IPv4", /any, 4, 6/],
  ["-l4", "TPC", /ICMP, TCP.*0-255/],
  ["-l4", "256", /0-255/],
  ["-l4", "-1", /0-255/],
  ["-l4", "06", /0-255/],
  ["-s4", "10.0.1", /10\.0\.1\.10/],
  ["-s4", "010.0.0.1", /10\.0\.1\.10/],
  ["-s4", "host.example", /10\.0\.1\.10/],
  ["-d4", "10.0.0.0/33", /0-32/],
  ["-d4", "10.0.0.0/-1", /0-32/],
  ["-d4", "fc00::1", /10\.0\.1\.10/],
  ["-s6", "fc00::1%eth0", /fc00::1/],
  ["-s6", "1::2::3", /fc00::1/],
  ["-d6", "fc00::/129", /0-128/],
  ["-d6", "10.0.0.1", /fc00::1/],
  ["-sp", "0", /1-65535/],
  ["-sp", "65536", /1-65535/],
  ["-dp", "http", /1-65535/],
  ["-dp", "+80", /1-65535/],
  ["--mark", "red", /VALUE\/MASK.*0xffffffff/],
  ["--mark", "0x1ffffffff", /0xffffffff/],
  ["--mark", "1/0", /VALUE\/MASK/],
  ["--mark", "1/2/3", /VALUE\/MASK/],
  ["--mark", "0x11/0x10", /clear them, or widen the mask/],
  ["--mark", "-1", /VALUE or VALUE\/MASK/],
  ["--ifname", "sixteen-letters!", /1-15 bytes/],
  ["--ifname", "a/b", /1-15 bytes.*"eth0"/],
  ["--ifname", "eth 0", /without blanks/],
  ["--netns", "inode:0", /inode:N/],
  ["--netns", "inode:x", /inode:N/],
  ["--netns", "..", /ip netns list/],
  ["--netns", "0", /id of a process/],
  ["--length", "100-10", /MIN-MAX/],
  ["--length", "0", /MIN-MAX/],
  ["--length", "large", /MIN-MAX, MIN- or one number/],
  ["--length", "0-0", /MIN-MAX/],
  ["--length", "1-99999999999", /MIN-MAX/],
  ["--cgroup", "system.slice", /path of its directory.*id:N/],
  ["--cgroup", "id:0", /id:N/],
  ["--drop-reason", "NO_SOCKET,", /NAME,NAME/],
  ["--drop-reason", ",", /NAME or NAME,NAME/],
  ["--passed", "ip_rcv,,ip_output", /NAME,NAME/],
  ["--min-duration", "10", /ns, us, ms, s or m/],
  ["--min-duration", "0.1ns", /from 1ns/],
  ["--min-duration", "2h", /ns, us, ms, s or m/],
  ["--hops", "3-2", /MIN-MAX.*2-10/],
  ["--hops", "two", /MIN-MAX/],
];

describe("values of options", () => {
  for (const [option, value, accepted] of options) {
    test(`${option} ${value}`, () => {
      const parsed = parseCommandLine([option, value, "generic"]);
      assert.ok("error" in parsed, "it was accepted");
      assert.ok(parsed.error.startsWith(`${option}: `), parsed.error);
      assert.ok(parsed.error.includes(`"${value.split(/[/%]/)[0]}`), parsed.error);
      assert.match(parsed.error, accepted);
    });
  }
});

describe("names of this machine", () => {
  const cases: readonly [words: string[], error: RegExp][] = [
    [["--netns", "/etc/passwd"], /^--netns: "\/etc\/passwd" is no network namespace of this machine/],
    [["--netns", "4194305"], /^--netns: "\/proc\/4194305\/ns\/net" is no network namespace/],
    [["--cgroup", "/no/such/group"], /^--cgroup: "\/no\/such\/group" is no directory of a control group/],
    [["--cgroup", "/tmp"], /^--cgroup: "\/tmp" is no directory of a control group \(version 2\)/],
    [["--server", "node:50051", "--netns", "1"], /^--netns: .* is of this machine, and --server asks another.*inode:N/],
    [["--server", "node:50051", "--cgroup", "/tmp"], /^--cgroup: .* is of this machine.*id:N/],
  ];
  for (const [words, error] of cases) {
    test(words.join(" "), () => {
      const parsed = parseCommandLine([...words, "generic"]);
      assert.ok("value" in parsed, "error" in parsed ? parsed.error : "");
      const resolved = resolveLocalNames(parsed.value.values);
      assert.ok("error" in resolved, "it was accepted");
      assert.match(resolved.error, error);
    });
  }

  test("this process's own namespace, by its id and by path", () => {
    const parsed = parseCommandLine(["--netns", String(process.pid), "--netns", "/proc/self/ns/net", "generic"]);
    assert.ok("value" in parsed);
    const resolved = resolveLocalNames(parsed.value.values);
    assert.ok("value" in resolved);
    const [first, second] = resolved.value.netns ?? [];
    assert.equal(first?.kind, "inode");
    assert.deepEqual(first, second);
  });
});

type Entry = NonNullable<NonNullable<Parameters<typeof TraceRequest.fromPartial>[0]["filter"]>["allow"]>[number];

/** An entry; its field, what was given, what is accepted. */
const entries: readonly [entry: Entry, field: string, given: string, accepted: RegExp][] = [
  [{ ipVersion: 5 as 4 }, "ip_version", "5", /4.*6/],
  [{ direction: 9 as 2, l4Protocols: [6] }, "direction", "9", /DIRECTION_BOTH/],
  [{ l4Protocols: [6, 256] }, "l4_protocols[1]", "256", /0-255/],
  [{ l4Protocols: new Array(257).fill(6) }, "l4_protocols", "257", /256 values/],
  [{ sourceIpv4: ["10.0.0.1", "x"] }, "source_ipv4[1]", '"x"', /10\.0\.1\.10/],
  [{ sourceIpv4: ["10.0.0.0/33"] }, "source_ipv4[0]", '"10.0.0.0/33"', /0-32/],
  [{ destinationIpv4: [""] }, "destination_ipv4[0]", '""', /10\.0\.1\.10/],
  [{ sourceIpv6: ["10.0.0.1"] }, "source_ipv6[0]", '"10.0.0.1"', /fc00::1/],
  [{ destinationIpv6: ["::/200"] }, "destination_ipv6[0]", '"::/200"', /0-128/],
  [{ ipVersion: 4, sourceIpv6: ["::1"] }, "source_ipv6", "ip_version 4", /leave one of them out/],
  [{ ipVersion: 6, destinationIpv4: ["10.0.0.1"] }, "destination_ipv4", "ip_version 6", /leave one of them out/],
  [{ sourcePorts: [0] }, "source_ports[0]", "0", /1-65535/],
  [{ destinationPorts: [1, 2, 65_536] }, "destination_ports[2]", "65536", /1-65535/],
  [{ l4Protocols: [1], sourcePorts: [1] }, "source_ports", "ICMP (1)", /TCP, UDP, DCCP, SCTP or UDPLite/],
  [{ l4Protocols: [6, 47], destinationPorts: [1] }, "destination_ports", "GRE (47)", /leave one of them out/],
  [{ marks: [{ value: 3, mask: 1 }] }, "marks[0]", "0x3", /widen the mask/],
  [{ interfaceNames: ["lo", ""] }, "interface_names[1]", '""', /1-15 bytes/],
  [{ interfaceNames: ["a:b"] }, "interface_names[0]", '"a:b"', /1-15 bytes/],
  [{ netns: [{}] }, "netns[0]", "no network namespace", /inode or name/],
  [{ netns: [{ namespace: { $case: "inode", value: 0 } }] }, "netns[0]", "0", /the number that hops show/],
  [{ netns: [{ namespace: { $case: "name", value: "/proc/1/ns/net" } }] }, "netns[0]", "/proc/1", /without "\/"/],
  [{ netns: [{ namespace: { $case: "name", value: "no-such-namespace" } }] }, "netns[0]", "no-such-namespace", /inode/],
  [{ lengths: [{}] }, "lengths[0]", "nothing", /min, max or both/],
  [{ lengths: [{ min: 9, max: 8 }] }, "lengths[0]", "min 9", /no length is in between/],
  [{ cgroupIds: [0n] }, "cgroup_ids[0]", "0", /inode number of its directory/],
];

describe("fields of a request, in allow and in deny", () => {
  for (const list of ["allow", "deny"] as const) {
    for (const [entry, field, given, accepted] of entries) {
      test(`${list}: ${field} ${given}`, () => {
        const request = TraceRequest.fromPartial({ filter: { [list]: [entry] } });
        assert.throws(
          () => checkRequest(request),
          (error) => {
            assert.ok(error instanceof IpftraceError && error.code === "INVALID_INPUT");
            const [fault, ...more] = error.violations;
            assert.deepEqual(more, []);
            assert.equal(fault?.field, `filter.${list}[0].${field}`);
            assert.ok(fault?.description.includes(given), fault?.description);
            assert.match(fault?.description ?? "", accepted);
            return true;
          },
        );
      });
    }
  }
});
