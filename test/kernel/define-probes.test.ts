import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Definition, defineAll } from "../../src/kernel/define-probes.js";

/** Takes lines as the kernel does: in order, up to the first that it refuses. */
function kernelWithout(refusedPlaces: ReadonlySet<string>) {
  const taken: string[] = [];
  const change = async (lines: readonly string[]): Promise<void> => {
    for (const line of lines) {
      if (taken.includes(line)) throw Object.assign(new Error("there is one"), { code: "EEXIST" });
      const place = line.split(" ")[1] ?? "";
      if (refusedPlaces.has(place)) throw Object.assign(new Error(`no ${place}`), { code: "EINVAL" });
      taken.push(line);
    }
  };
  return { taken, change };
}

function probeAt(...places: string[]): Definition {
  return { event: "e", at: "entry", places };
}

describe("defineAll", () => {
  it("writes the kernel's words, and tells probes of one event apart by a number", async () => {
    const { taken, change } = kernelWithout(new Set());
    const definitions: Definition[] = [probeAt("0x15"), probeAt("0x25"), { event: "r", at: "return", places: ["f"] }];
    assert.deepEqual(await defineAll("g", definitions, () => {}, change), []);
    assert.deepEqual(taken, ["p:g/e 0x15 number=\\0", "p:g/e 0x25 number=\\1", "r:g/r f number=\\2"]);
  });

  it("takes the next place where the kernel refuses the first, and tells the last refusal", async () => {
    const { taken, change } = kernelWithout(new Set(["b5", "c5", "c0"]));
    const definitions = [probeAt("a5", "a0"), probeAt("b5", "b0"), probeAt("c5", "c0"), probeAt("d5", "d0")];
    const refused = await defineAll("g", definitions, () => {}, change);
    assert.deepEqual(
      taken.map((line) => line.split(" ")[1]),
      ["a5", "b0", "d5"],
    );
    assert.deepEqual(
      refused.map(({ definition, reason }) => [definition, String(reason)]),
      [[definitions[2], "Error: no c0"]],
    );
  });

  it("defines all that the kernel takes, once, whatever it refuses", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 120 }), async (isTaken) => {
        const bad = new Set(isTaken.flatMap((taken, i) => (taken ? [] : [`f${i}`])));
        const { taken, change } = kernelWithout(bad);
        const tried: number[] = [];
        const definitions = isTaken.map((_, i) => probeAt(`f${i}`));
        const refused = await defineAll("g", definitions, (count) => tried.push(count), change);
        assert.deepEqual(new Set(refused.flatMap(({ definition }) => definition.places)), bad);
        assert.equal(taken.length, isTaken.length - bad.size);
        assert.equal(tried.at(-1) ?? 0, isTaken.length);
      }),
    );
  });
});
