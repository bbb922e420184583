import assert from "node:assert/strict";
import { it } from "node:test";
import { sumCounters } from "../../src/decode/counters.js";
import { countersLayout } from "../../src/decode/layout.js";

const never = { firstNs: 0n, lastNs: 0n };

/** Values of one CPU. */
type Cpu = readonly bigint[];
const members = ["handled", "filtered", "lost_ring", "lost_tracking", "matched", "lost_rate", "lost_sampling"] as const;

/** The map's value: what is not summed up is not zero. */
function perCpu(...cpus: Cpu[]): Buffer {
  const bytes = Buffer.alloc(cpus.length * countersLayout.size, 0x55);
  for (const cpu of cpus.keys()) {
    bytes.fill(
      0,
      cpu * countersLayout.size + countersLayout.ring_first_ns,
      cpu * countersLayout.size + countersLayout.matched,
    );
  }
  for (const [cpu, values] of cpus.entries()) {
    for (const [i, member] of members.entries()) {
      bytes.writeBigUInt64LE(values[i] ?? 0n, cpu * countersLayout.size + countersLayout[member]);
    }
  }
  return bytes;
}

const sums: [what: string, cpus: Cpu[], expected: number[]][] = [
  ["no CPU", [], [0, 0, 0, 0, 0, 0, 0]],
  ["one CPU", [[5n, 4n, 3n, 2n, 1n, 7n, 9n]], [9, 4, 3, 2, 1, 7, 9]],
  [
    "CPUs that count beyond 32 bits",
    [
      [2n ** 32n, 1n, 10n, 100n, 1000n, 5n, 50n],
      [2n ** 40n, 2n, 20n, 200n, 2000n, 6n, 60n],
      [3n, 0n, 0n, 0n, 0n, 0n, 0n],
    ],
    [2 ** 32 + 2 ** 40 + 3 + 3, 3, 30, 300, 3000, 11, 110],
  ],
];

for (const [what, cpus, [seen, filtered, lostRing, lostTracking, matched, lostRate, lostSampling]] of sums) {
  it(`the sum over ${what}`, () => {
    assert.deepEqual(sumCounters(perCpu(...cpus)), {
      ...{ seen, filtered, matched },
      lost: {
        ring: { events: lostRing, ...never },
        tracking: { events: lostTracking, ...never },
        rate: { events: lostRate, ...never },
        sampling: { events: lostSampling, ...never },
      },
    });
  });
}

const places = ["ring", "tracking", "rate", "sampling"] as const;

it("losses have the earliest and the latest time of any CPU", () => {
  const cpus = perCpu([], [], []);
  const times: [cpu: number, first: bigint, last: bigint][] = [
    [1, 70n, 80n],
    [2, 2n ** 60n + 50n, 2n ** 60n + 90n],
  ];
  for (const [cpu, first, last] of times) {
    const at = cpu * countersLayout.size;
    for (const [n, place] of places.entries()) {
      cpus.writeBigUInt64LE(first + BigInt(n), at + countersLayout[`${place}_first_ns`]);
      cpus.writeBigUInt64LE(last + BigInt(n), at + countersLayout[`${place}_last_ns`]);
    }
  }
  const { lost } = sumCounters(cpus);
  for (const [n, place] of places.entries()) {
    assert.deepEqual(lost[place], { events: 0, firstNs: 70n + BigInt(n), lastNs: 2n ** 60n + 90n + BigInt(n) });
  }
});
