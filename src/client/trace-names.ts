/** What the numbers in a trace's journeys stand for. */
import type { Hop } from "../gen/ipftrace/v1/journey.js";
import type { Dictionary, TraceStarted } from "../gen/ipftrace/v1/trace_service.js";
import { type CustomReader, customReader } from "./custom-values.js";

/**
 * The dictionary of one trace, as far as it has been told. Interfaces are those of one moment, because
 * they may be renamed; all other entries stay what they are.
 */
export interface TraceNames {
  /** Name of a function by its id. */
  readonly functions: ReadonlyMap<number, string>;
  /** Name of an interface by {@link interfaceKey}. */
  readonly interfaces: ReadonlyMap<string, string>;
  /** Frames of a call stack by its id, the innermost first. */
  readonly stacks: Map<number, readonly string[]>;
  /** Reader of custom data; absent without modules. */
  readonly custom: CustomReader | undefined;
}

/** A dictionary without entries. */
export function noNames(): TraceNames {
  return { functions: new Map(), interfaces: new Map(), stacks: new Map(), custom: undefined };
}

/** What a trace tells of itself when it starts. */
export function startedNames({ functions, interfaces, schemas }: TraceStarted): TraceNames {
  return addNames(
    {
      ...noNames(),
      functions: new Map(functions.map(({ functionId, name }) => [functionId, name])),
      custom: customReader(schemas),
    },
    { interfaces, stacks: [] },
  );
}

/** The dictionary with what came later. */
export function addNames(names: TraceNames, { interfaces, stacks }: Dictionary): TraceNames {
  for (const { stackId, frames } of stacks) names.stacks.set(stackId, frames);
  if (interfaces.length === 0) return names;
  const added = interfaces.map((one) => [interfaceKey(one), one.name] as const);
  return { ...names, interfaces: new Map([...names.interfaces, ...added]) };
}

/** Interfaces are numbered within their network namespace. */
export function interfaceKey({ netns, ifindex }: Pick<Hop, "netns" | "ifindex">): string {
  return `${netns}/${ifindex}`;
}
