import assert from "node:assert/strict";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatAddress, parsePrefix, prefixMask } from "../../src/filter/addresses.js";

const ipv4Bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Half of the bytes zero, so that runs of zero groups are common. */
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }), fc.constant(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

function bytesOf(text: string, family: 4 | 6): number[] {
  const parsed = parsePrefix(text, family);
  assert.ok("value" in parsed, JSON.stringify(parsed));
  return [...parsed.value.bytes];
}

describe("parsePrefix", () => {
  const accepted: [text: string, family: 4 | 6, first: string, bits: number][] = [
    ["10.0.1.10", 4, "10.0.1.10", 32],
    ["10.0.0.0/8", 4, "10.0.0.0", 8],
    ["10.1.2.3/8", 4, "10.0.0.0", 8],
    ["192.168.129.255/17", 4, "192.168.128.0", 17],
    ["255.255.255.255/0", 4, "0.0.0.0", 0],
    ["0.0.0.0/32", 4, "0.0.0.0", 32],
    ["fc00::1", 6, "fc00::1", 128],
    ["FC00::1", 6, "fc00::1", 128],
    ["::", 6, "::", 128],
    ["::/0", 6, "::", 0],
    ["ffff::/7", 6, "fe00::", 7],
    ["2001:db8::ff/127", 6, "2001:db8::fe", 127],
    ["::ffff:10.0.1.10", 6, "::ffff:10.0.1.10", 128],
    ["1:2:3:4:5:6:7::", 6, "1:2:3:4:5:6:7:0", 128],
    ["1:2:3:4:5:6:1.2.3.4", 6, "1:2:3:4:5:6:102:304", 128],
  ];
  for (const [text, family, first, bits] of accepted) {
    it(`reads ${text} as ${first}/${bits}`, () => {
      const parsed = parsePrefix(text, family);
      assert.ok("value" in parsed, JSON.stringify(parsed));
      assert.equal(formatAddress(parsed.value.bytes), first);
      assert.equal(parsed.value.bits, bits);
    });
  }

  const refused: [text: string, family: 4 | 6, error: RegExp][] = [
    ["300.1.1.1", 4, /^"300.1.1.1" is not an IPv4 address \(octets are 0-255\): give for example "10.0.1.10"/],
    ["10.0.1", 4, /four octets/],
    ["10.0.1.10.1", 4, /four octets/],
    ["010.0.0.1", 4, /leading zeros/],
    ["10.0.0.00", 4, /leading zeros/],
    ["0x0a.0.0.1", 4, /decimal/],
    ["10..0.1", 4, /decimal/],
    ["10.0.0.1 ", 4, /decimal/],
    ["-1.0.0.1", 4, /decimal/],
    ["host", 4, /^"host" is not an IPv4 address/],
    ["", 4, /^"" is not an IPv4 address/],
    ["any", 4, /is not an IPv4 address/],
    ["fc00::1", 4, /^"fc00::1" is an IPv6 address, and this is the place for an IPv4 one/],
    ["fc00::/7", 4, /is an IPv6 address/],
    ["10.0.0.0/33", 4, /^"10.0.0.0\/33" has a bad prefix length: IPv4 has 0-32/],
    ["10.0.0.0/", 4, /bad prefix length/],
    ["10.0.0.0/08", 4, /bad prefix length/],
    ["10.0.0.0/-1", 4, /bad prefix length/],
    ["10.0.0.0/8/8", 4, /bad prefix length/],
    ["10.0.0.0/255.0.0.0", 4, /bad prefix length/],
    ["/8", 4, /is not an IPv4 address/],
    ["10.0.1.10", 6, /^"10.0.1.10" is an IPv4 address, and this is the place for an IPv6 one/],
    ["fe80::1%eth0", 6, /zone ids are not accepted/],
    ["fc00::/129", 6, /IPv6 has 0-128/],
    ["1::2::3", 6, /"::" may occur once/],
    [":::", 6, /hexadecimal/],
    ["1:2:3:4:5:6:7", 6, /eight groups/],
    ["1:2:3:4:5:6:7:8:9", 6, /eight groups/],
    ["1:2:3:4::5:6:7:8", 6, /eight groups/],
    ["12345::", 6, /hexadecimal/],
    ["g::", 6, /hexadecimal/],
    [":1:2:3:4:5:6:7", 6, /hexadecimal/],
    ["::300.1.1.1", 6, /octets are 0-255/],
    ["1.2.3.4::", 6, /hexadecimal/],
    ["[fc00::1]", 6, /hexadecimal/],
    ["", 6, /^"" is not an IPv6 address/],
  ];
  for (const [text, family, error] of refused) {
    it(`refuses ${JSON.stringify(text)} as IPv${family}`, () => {
      const parsed = parsePrefix(text, family);
      assert.ok("error" in parsed, "it was accepted");
      assert.match(parsed.error, error);
    });
  }

  it("reads every IPv4 address", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => assert.deepEqual(bytesOf(text, 4), text.split(".").map(Number))));
  });

  it("agrees with the URL parser on every IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
        assert.deepEqual(bytesOf(text, 6), bytesOf(canonical, 6));
      }),
    );
  });

  it("accepts exactly what node:net calls an address, zone ids apart", () => {
    const nearlyAddress = fc.string({ unit: fc.constantFrom(..."0012afF:::..".split("")), maxLength: 24 });
    fc.assert(
      fc.property(nearlyAddress, (text) => {
        assert.equal("value" in parsePrefix(text, 4), isIPv4(text), text);
        assert.equal("value" in parsePrefix(text, 6), isIPv6(text), text);
      }),
      { numRuns: 5000 },
    );
  });

  it("describes the block that node:net's BlockList holds", () => {
    const block = fc.tuple(ipv4Bytes, fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 31 }));
    fc.assert(
      fc.property(block, ([bytes, bits, flipped]) => {
        const parsed = parsePrefix(`${formatAddress(bytes)}/${bits}`, 4);
        assert.ok("value" in parsed);
        const list = new BlockList();
        list.addSubnet(formatAddress(bytes), bits, "ipv4");
        const other = bytes.map((byte, index) => (index === flipped >> 3 ? byte ^ (0x80 >> (flipped & 7)) : byte));
        const mask = prefixMask(bits, 4);
        const isInside = other.every((byte, index) => (byte & (mask[index] ?? 0)) === parsed.value.bytes[index]);
        assert.equal(isInside, list.check(formatAddress(other), "ipv4"));
      }),
    );
  });
});

describe("prefixMask", () => {
  const masks: [bits: number, byteLength: number, hex: string][] = [
    [0, 4, "00000000"],
    [1, 4, "80000000"],
    [8, 4, "ff000000"],
    [17, 4, "ffff8000"],
    [32, 4, "ffffffff"],
    [7, 16, `fe${"00".repeat(15)}`],
    [128, 16, "ff".repeat(16)],
  ];
  for (const [bits, byteLength, hex] of masks) {
    it(`has ${bits} leading ones in ${byteLength} bytes`, () => {
      assert.equal(Buffer.from(prefixMask(bits, byteLength)).toString("hex"), hex);
    });
  }
});

describe("formatAddress", () => {
  const cases: [hex: string, text: string][] = [
    ["0a00010a", "10.0.1.10"],
    ["fc000000000000000000000000000001", "fc00::1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["00010000000000000000000000000000", "1::"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010000000000010000000000000001", "2001:0:0:1::1"],
    ["00000000000000000000ffff0a00010a", "::ffff:10.0.1.10"],
    ["0000000000000000000000000a00010a", "::a00:10a"],
    ["", ""],
    ["0a0b0c", "0a0b0c"],
  ];
  for (const [hex, text] of cases) {
    it(`writes ${hex === "" ? "no bytes" : hex} as ${JSON.stringify(text)}`, () => {
      assert.equal(formatAddress(Buffer.from(hex, "hex")), text);
    });
  }

  it("writes IPv6 as the URL standard does, IPv4-mapped addresses apart", () => {
    fc.assert(
      fc.property(ipv6Bytes, (bytes) => {
        const text = formatAddress(bytes);
        fc.pre(!text.startsWith("::ffff:") || !text.includes("."));
        assert.ok(isIPv6(text), text);
        assert.equal(text, new URL(`http://[${text}]`).hostname.slice(1, -1));
      }),
    );
  });

  it("is undone by parsePrefix", () => {
    fc.assert(fc.property(ipv4Bytes, (bytes) => assert.deepEqual(bytesOf(formatAddress(bytes), 4), [...bytes])));
    fc.assert(fc.property(ipv6Bytes, (bytes) => assert.deepEqual(bytesOf(formatAddress(bytes), 6), [...bytes])));
  });
});
