import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hasPorts, parseProtocol, protocolName } from "../../src/filter/protocols.js";

describe("parseProtocol", () => {
  const accepted: [text: string, number: number][] = [
    ["ICMP", 1],
    ["icmp", 1],
    ["Tcp", 6],
    ["udp", 17],
    ["IPv6-ICMP", 58],
    ["ICMPv6", 58],
    ["icmp6", 58],
    ["ipip", 4],
    ["IPENCAP", 4],
    ["IP-ENCAP", 4],
    ["ospfigp", 89],
    ["udplite", 136],
    ["MPLS-in-IP", 137],
    ["3PC", 34],
    ["0", 0],
    ["6", 6],
    ["255", 255],
  ];
  for (const [text, number] of accepted) {
    it(`reads ${text} as ${number}`, () => assert.deepEqual(parseProtocol(text), { value: number }));
  }

  for (const text of [
    "",
    "FOO",
    "256",
    "-1",
    "06",
    "0x6",
    "6.0",
    " 6",
    "1e2",
    "any",
    "constructor",
    "-",
    "Unknown(253)",
  ]) {
    it(`refuses ${JSON.stringify(text)}, naming it and what is accepted`, () => {
      const parsed = parseProtocol(text);
      assert.ok("error" in parsed);
      assert.ok(parsed.error.includes(JSON.stringify(text)), parsed.error);
      assert.match(parsed.error, /decimal number, 0-255/);
    });
  }

  it("names the nearest protocol of a misspelt one", () => {
    const parsed = parseProtocol("TPC");
    assert.ok("error" in parsed && parsed.error.includes('did you mean "TCP"'), JSON.stringify(parsed));
  });

  it("suggests nothing for a text that is near to none", () => {
    const parsed = parseProtocol("frobnicate");
    assert.ok("error" in parsed && !parsed.error.includes("did you mean"), JSON.stringify(parsed));
  });
});

describe("protocolName", () => {
  const names: [number: number, name: string][] = [
    [0, "HOPOPT"],
    [1, "ICMP"],
    [2, "IGMP"],
    [4, "IPENCAP"],
    [6, "TCP"],
    [17, "UDP"],
    [33, "DCCP"],
    [41, "IPv6"],
    [47, "GRE"],
    [50, "ESP"],
    [51, "AH"],
    [58, "IPv6-ICMP"],
    [88, "EIGRP"],
    [89, "OSPF"],
    [97, "ETHERIP"],
    [103, "PIM"],
    [112, "VRRP"],
    [115, "L2TP"],
    [124, "ISIS"],
    [132, "SCTP"],
    [136, "UDPLite"],
    [137, "MPLS-in-IP"],
    [143, "Ethernet"],
    [147, "BIT-EMU"],
    [61, "Unknown(61)"],
    [253, "Unknown(253)"],
  ];
  for (const [number, name] of names) {
    it(`calls ${number} ${name}`, () => assert.equal(protocolName(number), name));
  }

  it("gives names that are read as the same number, in any letter case", () => {
    for (let number = 0; number <= 255; number++) {
      const name = protocolName(number);
      if (name.startsWith("Unknown(")) continue;
      for (const text of [name, name.toLowerCase(), name.toUpperCase()]) {
        assert.deepEqual(parseProtocol(text), { value: number }, text);
      }
    }
  });

  it("never throws on any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseProtocol(text);
        return "error" in parsed || (parsed.value >= 0 && parsed.value <= 255);
      }),
    );
  });
});

describe("hasPorts", () => {
  it("holds for TCP, UDP, DCCP, SCTP and UDP-Lite alone", () => {
    const numbers = Array.from({ length: 256 }, (_, number) => number);
    assert.deepEqual(numbers.filter(hasPorts), [6, 17, 33, 132, 136]);
  });
});
