/**
 * Defines many probes. Defining is most of what a trace costs that has single kprobes (3-7 ms each in an emulated
 * machine), so it is done in the background, many at a time; what the kernel refuses is then found one by one.
 */
import { changeProbes } from "./trace-event.js";

/** Probes that are defined by one write; less than a page, of which the kernel reads one at once. */
const BATCH = 24;

/** A probe to be defined. */
export interface Definition {
  /** The event that it belongs to; the first definition makes it. */
  readonly event: string;
  /** Whether it runs when the function is entered, or when it returns: the same for all of an event. */
  readonly at: "entry" | "return";
  /** Where it may be, in the words of kprobe_events, the best place first. */
  readonly places: readonly string[];
}

/** One that the kernel refused at each of its places, and why at the last. */
export interface RefusedDefinition<D> {
  readonly definition: D;
  readonly reason: unknown;
}

/** Defines probes as {@link changeProbes} does. */
type Change = (lines: readonly string[]) => Promise<void>;

/** `onProgress` is told how many have been tried. Does not throw for what the kernel refuses. */
export async function defineAll<D extends Definition>(
  group: string,
  definitions: readonly D[],
  onProgress: (tried: number) => void,
  change: Change = changeProbes,
): Promise<RefusedDefinition<D>[]> {
  const refused: RefusedDefinition<D>[] = [];
  const probes = definitions.map((definition, number) => ({
    definition,
    lines: definition.places.map((place) => lineOf(group, definition, number, place)),
  }));
  for (let start = 0; start < probes.length; start += BATCH) {
    const batch = probes.slice(start, start + BATCH);
    refused.push(...(await defineBatch(batch, change)));
    onProgress(start + batch.length);
  }
  return refused;
}

/** The number, an argument that nothing ever reads, tells probes at addresses apart: the kernel compares only names. */
function lineOf(group: string, { event, at }: Definition, number: number, place: string): string {
  return `${at === "entry" ? "p" : "r"}:${group}/${event} ${place} number=\\${number}`;
}

interface Probe<D> {
  readonly definition: D;
  /** One for each of its places. */
  readonly lines: readonly string[];
}

async function defineBatch<D>(batch: readonly Probe<D>[], change: Change): Promise<RefusedDefinition<D>[]> {
  try {
    await change(batch.flatMap(({ lines }) => lines.slice(0, 1)));
    return [];
  } catch {
    const refused: RefusedDefinition<D>[] = [];
    for (const { definition, lines } of batch) {
      const reason = await defineOne(lines, change);
      if (reason !== undefined) refused.push({ definition, reason });
    }
    return refused;
  }
}

/** Why it could not be defined anywhere; undefined when it is. */
async function defineOne(lines: readonly string[], change: Change): Promise<unknown> {
  let refusal: unknown;
  for (const line of lines) {
    try {
      await change([line]);
      return undefined;
    } catch (reason) {
      if (isThere(reason)) return undefined;
      refusal = reason;
    }
  }
  return refusal;
}

/** The kernel took it before it refused another one of its batch. */
function isThere(reason: unknown): boolean {
  return reason instanceof Error && "code" in reason && reason.code === "EEXIST";
}
