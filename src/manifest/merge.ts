import type { ManifestFunction, ManifestGroup } from "../gen/ipftrace/v1/manifest.js";
import type { Entry } from "./entry.js";
import type { Group } from "./groups.js";
import { offsetOf, type Source } from "./source.js";

/**
 * Makes the groups of a manifest, every function once: a function that is listed again keeps its
 * first place, and ends journeys if any of its listings says so. Groups left without functions go.
 */
export function mergeRepeated(source: Source, groups: readonly Group[]): ManifestGroup[] {
  const firsts = new Map<string, Entry>();
  const merged = groups.map(({ name, description, entries }) => {
    const functions: ManifestFunction[] = [];
    for (const { listed, at } of entries) {
      const first = firsts.get(listed.name);
      if (first === undefined) {
        const own = { ...listed };
        firsts.set(listed.name, { listed: own, at });
        functions.push(own);
      } else {
        const line = source.problems.lineOf(offsetOf(first.at));
        const change = describeChange(first.listed, listed);
        source.warn(at, `${listed.name} is listed twice, first in line ${line}: it stays there${change}`);
        absorb(first.listed, listed);
      }
    }
    return { name, description, functions };
  });
  return merged.filter(({ functions }) => functions.length > 0);
}

function absorb(first: ManifestFunction, second: ManifestFunction): void {
  if (first.skbPosition === 0) first.skbPosition = second.skbPosition;
  if (second.egress) first.egress = true;
}

function describeChange(first: ManifestFunction, second: ManifestFunction): string {
  const isOverruled = first.skbPosition !== 0 && second.skbPosition !== 0 && first.skbPosition !== second.skbPosition;
  const position = isOverruled ? ` with skb_pos ${first.skbPosition}, not ${second.skbPosition}` : "";
  return position + (first.egress === second.egress ? "" : ", and journeys end with it, because one listing says so");
}
