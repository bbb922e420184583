import assert from "node:assert/strict";
import { test } from "node:test";
import { entryPlaces } from "../../src/kernel/probe-place.js";

/** Low 53 bits of 0xffffffff81a2b3c0. */
const ADDRESS = Number(0xffff_ffff_81a2_b3c0n & 0x1f_ffff_ffff_ffffn);

const cases: [what: string, addresses: number[], isBehind: boolean, places: string[]][] = [
  ["behind the tracer's instruction, else at the entry", [ADDRESS], true, ["0xffffffff81a2b3c5", "0xffffffff81a2b3c0"]],
  ["at the entry, where that is asked for", [ADDRESS], false, ["0xffffffff81a2b3c0"]],
  ["by name, where the kernel does not tell its address", [], true, ["ip_rcv"]],
  ["by name, where there are several, so that the kernel refuses it", [ADDRESS, ADDRESS + 64], true, ["ip_rcv"]],
];

for (const [what, addresses, isBehind, places] of cases) {
  test(`a function is probed ${what}`, () => assert.deepEqual(entryPlaces("ip_rcv", addresses, isBehind), places));
}
