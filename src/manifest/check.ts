import type { Violation } from "../errors.js";
import { collectViolations } from "../filter/collect.js";
import { quote } from "../filter/quote.js";
import type { Manifest, ManifestFunction } from "../gen/ipftrace/v1/manifest.js";
import { functionNameRule, isFunctionName, maxSkbPosition } from "./function-name.js";

/** Most functions in a manifest that comes in a request. */
export const maxManifestFunctions = 4096;

/**
 * The faults of a manifest that came in a request, each with the path of its field
 * (`manifest.groups[0].functions[2].name`); empty when it can be used. A function that is listed
 * twice is a fault, because here nobody would read a warning.
 */
export function checkManifest(manifest: Manifest): Violation[] {
  return collectViolations(manifestFaults(manifest), "manifest");
}

function* manifestFaults({ groups }: Manifest): Generator<Violation> {
  const count = groups.reduce((sum, { functions }) => sum + functions.length, 0);
  if (count === 0 || count > maxManifestFunctions) {
    yield { field: "manifest.groups", description: `has ${count} functions: give 1-${maxManifestFunctions}` };
    return;
  }
  const paths = new Map<string, string>();
  for (const [groupIndex, { functions }] of groups.entries()) {
    for (const [index, listed] of functions.entries()) {
      const path = `manifest.groups[${groupIndex}].functions[${index}]`;
      yield* functionFaults(listed, path);
      const first = paths.get(listed.name);
      if (first === undefined) paths.set(listed.name, path);
      else yield { field: `${path}.name`, description: `${quote(listed.name)} is listed twice, first as ${first}` };
    }
  }
}

function* functionFaults({ name, skbPosition }: ManifestFunction, path: string): Generator<Violation> {
  if (!isFunctionName(name)) {
    const description = `${quote(name)} cannot be the name of a kernel function: use ${functionNameRule}`;
    yield { field: `${path}.name`, description };
  }
  if (!Number.isInteger(skbPosition) || skbPosition < 0 || skbPosition > maxSkbPosition) {
    const description = `skb_position of ${quote(name)} is ${skbPosition}: give 1-${maxSkbPosition}, or 0 to take it from the kernel's BTF`;
    yield { field: `${path}.skb_position`, description };
  }
}
