import assert from "node:assert/strict";
import fc from "fast-check";
import { compileFilter } from "../../src/filter/compile.js";
import { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import { judgeInKernel } from "../filter/kernel-judge.js";
import { anyFields, anyFilter, anyFlow } from "../filter/packets.js";
import { matchesPacket } from "../filter/reference.js";
import { encodeStructs } from "../filter/structs.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { whyNotHere } from "./why-not.js";

const FILTERS = 500;
const PACKETS = 40;

kernelTest("500 filters, run by this kernel, mean what the reference says of 40 packets each", whyNotHere, () => {
  const packets = fc.array(fc.tuple(anyFlow, anyFields), { minLength: PACKETS, maxLength: PACKETS });
  let passed = 0;
  fc.assert(
    fc.property(anyFilter, packets, (filter, sample) => {
      const compiled = compileFilter(filter);
      if (compiled === undefined) return;
      const expected = sample.map(([flow, fields]) => Number(matchesPacket(filter, flow, fields)));
      const found = judgeInKernel(
        compiled.instructions,
        sample.map(([flow, fields]) => encodeStructs(flow, fields)),
      );
      passed += found.reduce((sum, verdict) => sum + verdict, 0);
      assert.deepEqual(found, expected);
    }),
    { numRuns: FILTERS },
  );
  assert.ok(passed > FILTERS * 2, `${passed} packets passed`);
});

const addresses = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i.toString(16)}`);

kernelTest("the largest filters are taken by this kernel's verifier", whyNotHere, () => {
  const connection = {
    sourceIpv4: ["10.0.0.1"],
    sourceIpv6: ["fc00::1"],
    destinationPorts: [80],
    l4Protocols: [6, 17],
  };
  const filters = [
    Filter.fromPartial({ allow: [{ sourceIpv6: addresses("fc00:1:2:3:4:5:6:", 256) }] }),
    Filter.fromPartial({ allow: Array.from({ length: 64 }, () => connection), deny: [{ l4Protocols: [1] }] }),
  ];
  for (const filter of filters) {
    const compiled = compileFilter(filter);
    assert.ok(compiled !== undefined && compiled.instructions.length > 1500);
    const [flow, fields] = fc.sample(fc.tuple(anyFlow, anyFields), 1)[0] ?? assert.fail();
    const found = judgeInKernel(compiled.instructions, [encodeStructs(flow, fields)]);
    assert.deepEqual(found, [Number(matchesPacket(filter, flow, fields))]);
  }
});
