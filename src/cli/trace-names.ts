/** What the numbers in a trace's journeys stand for. */
import type { Hop } from "../gen/ipftrace/v1/journey.js";
import type { Dictionary, TraceStarted } from "../gen/ipftrace/v1/trace_service.js";
import { type CustomReader, customReader } from "./custom-values.js";

/** The dictionary of one trace, as far as it has been told. */
export interface TraceNames {
  /** Name of a function by its id. */
  readonly functions: ReadonlyMap<number, string>;
  /** Name of an interface by {@link interfaceKey}. */
  readonly interfaces: Map<string, string>;
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
  const names = {
    ...noNames(),
    functions: new Map(functions.map(({ functionId, name }) => [functionId, name])),
    custom: customReader(schemas),
  };
  addNames(names, { interfaces, stacks: [] });
  return names;
}

/** Adds what came later. */
export function addNames(names: TraceNames, { interfaces, stacks }: Dictionary): void {
  for (const one of interfaces) names.interfaces.set(interfaceKey(one), one.name);
  for (const { stackId, frames } of stacks) names.stacks.set(stackId, frames);
}

/** Interfaces are numbered within their network namespace. */
export function interfaceKey({ netns, ifindex }: Pick<Hop, "netns" | "ifindex">): string {
  return `${netns}/${ifindex}`;
}
