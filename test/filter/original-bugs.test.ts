/**
 * The bugs of the ipftrace of 2019 (B1 to B17): each has a test, here or in
 * the file named. What is here asks the compiled filter, as the kernel gets it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.js";
import { compileFilter } from "../../src/filter/compile.js";
import { parseProtocol, protocolName } from "../../src/filter/protocols.js";
import { Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { parseManifest } from "../../src/manifest/load.js";
import { run } from "./interpreter.js";
import type { PacketFields } from "./reference.js";
import { encodeStructs } from "./structs.js";

const fields: PacketFields = { mark: 0, length: 0, netns: 0, interfaceName: "", cgroup: 0n };

function passes(entry: Partial<FlowFilter>, flow: Partial<Flow>): boolean {
  const compiled = compileFilter(Filter.fromPartial({ allow: [entry] }));
  const packet = Flow.fromPartial({
    l3Protocol: 0x0800,
    source: Buffer.alloc(4),
    destination: Buffer.alloc(4),
    ...flow,
  });
  return compiled === undefined || run(compiled.instructions, encodeStructs(packet, fields)) === 1;
}

/** Where the test is that shows it; the name of the test, so that it cannot go unnoticed. */
function isTestedIn(file: string, name: string): void {
  assert.ok(
    readFileSync(new URL(`../${file}`, import.meta.url), "utf8").includes(name),
    `${file} has no test: ${name}`,
  );
}

const bugs: Record<string, [what: string, check: () => void]> = {
  B1: [
    "ports of UDP are compared",
    () => {
      assert.ok(passes({ sourcePorts: [53] }, { l4Protocol: 17, sourcePort: 53 }));
      assert.ok(!passes({ sourcePorts: [53] }, { l4Protocol: 17, sourcePort: 54 }));
    },
  ],
  B2: [
    "port 80 is not its byte-swapped twin",
    () => assert.ok(!passes({ sourcePorts: [80] }, { l4Protocol: 6, sourcePort: 20480, destinationPort: 20480 })),
  ],
  B3: [
    "ports of IPv6 stand behind its header",
    () => isTestedIn("e2e/parser.test.ts", "every header is parsed as it is"),
  ],
  B4: [
    "extension headers are walked by their own lengths",
    () => isTestedIn("helpers/frames.ts", "IPv6 TCP behind four extension headers"),
  ],
  B5: [
    "a later fragment has no ports",
    () => assert.ok(!passes({ sourcePorts: [80] }, { l4Protocol: 17, sourcePort: 80, laterFragment: true })),
  ],
  B6: ["a protocol without a name has one to show", () => assert.equal(protocolName(253), "Unknown(253)")],
  B7: ["a broken module is refused", () => isTestedIn("module/bad-modules.test.ts", "with file, line and column")],
  B8: [
    "a manifest need not say where the packet is",
    () => {
      const { manifest } = parseManifest("functions:\n  ipv4:\n    - name: ip_rcv\n", "no-position.yaml");
      assert.deepEqual(
        manifest.groups[0]?.functions.map(({ skbPosition }) => skbPosition),
        [0],
      );
    },
  ],
  B9: [
    "names of protocols need no file of the system",
    () => {
      assert.deepEqual(parseProtocol("tcp"), { value: 6 });
      assert.match(
        readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8"),
        /^\| `filter\/` .*\| none \|$/m,
      );
    },
  ],
  B10: ["packets match before skb->protocol is set", () => isTestedIn("e2e/filters.test.ts", "and all of them")],
  B11: [
    "IPv4 and IPv6 addresses are told apart by their length",
    () => isTestedIn("filter/addresses.test.ts", "formatAddress"),
  ],
  B12: [
    "the package has all that it runs",
    () => {
      const { files } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
        files: string[];
      };
      assert.ok(files.includes("dist") && files.includes("examples"));
    },
  ],
  B13: [
    "nothing stands before the listing, or the trace, on standard output",
    () => isTestedIn("cli/start.test.ts", "lists a file as the original did, and validates no filter"),
  ],
  B14: [
    "-l asks no kernel and needs no privilege",
    () => isTestedIn("cli/start.test.ts", "what asks no server does not load gRPC"),
  ],
  B15: [
    "a journey ends once, at a limit and an end together",
    () =>
      isTestedIn("journey/hop-limit.test.ts", "an egress on the last row that is allowed gives one journey, not two"),
  ],
  B16: [
    "a bad filter does not break a listing",
    () => assert.ok("value" in parseCommandLine(["-l", "-s4", "nonsense", "generic"])),
  ],
  B17: [
    "cells that look like numbers stay",
    () => isTestedIn("client/render-table.test.ts", "T71: cells that look like numbers"),
  ],
};

test("every bug of the list has its test", () => {
  assert.deepEqual(
    Object.keys(bugs),
    Array.from({ length: 17 }, (_, index) => `B${index + 1}`),
  );
});
for (const [name, [what, check]] of Object.entries(bugs)) test(`${name}: ${what}`, check);
