/** What recorded streams are built of: messages with everything that is not said at zero. */
import { readIpv4 } from "../../../src/filter/ipv4.js";
import { readIpv6 } from "../../../src/filter/ipv6.js";
import { CustomField, type CustomKind, CustomSchema, type CustomValue } from "../../../src/gen/ipftrace/v1/custom.js";
import { Flow } from "../../../src/gen/ipftrace/v1/flow.js";
import { Completeness, EndReason, Hop, PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import { Account } from "../../../src/gen/ipftrace/v1/loss.js";
import { Backend } from "../../../src/gen/ipftrace/v1/node.js";
import { TraceEnded, TraceEndReason, TraceResponse, TraceStarted } from "../../../src/gen/ipftrace/v1/trace_service.js";

/** What a message says. */
export type Said = NonNullable<TraceResponse["event"]>;
/** Some fields of a message; those left out are zero. */
export type Some<T> = { [K in keyof T]?: T[K] };

/** An address as the contract carries it. */
export function address(text: string): Buffer {
  const bytes = text.includes(":") ? readIpv6(text) : readIpv4(text);
  if (typeof bytes === "string") throw new Error(`${text}: ${bytes}`);
  return Buffer.from(bytes);
}

/** A flow between two addresses, each with its port behind a blank where it has one. */
export function flow(l4Protocol: number, source: string, destination: string, more: Some<Flow> = {}): Flow {
  const [from = "", sourcePort = "0"] = source.split(" ");
  const [to = "", destinationPort = "0"] = destination.split(" ");
  return {
    ...Flow.create(),
    l3Protocol: from.includes(":") ? 0x86dd : 0x0800,
    l4Protocol,
    source: address(from),
    destination: address(to),
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
    ...more,
  };
}

/** A hop at a time after the journey's start: a function's name, or its id in the dictionary. */
export function hop(deltaNs: bigint, named: string | number, more: Some<Hop> = {}): Hop {
  const name = typeof named === "string" ? { function: named } : { functionId: named };
  return { ...Hop.create(), deltaNs, ...name, ...more };
}

/** A journey that is whole and ended with an egress function, unless something else is said. */
export function journey(journeyId: bigint, more: Some<PacketJourney>): PacketJourney {
  return {
    ...PacketJourney.create(),
    journeyId,
    endReason: EndReason.END_REASON_EGRESS,
    completeness: Completeness.COMPLETENESS_COMPLETE,
    ...more,
  };
}

/** The start of a trace by the tracepoint backend on the node "lab". */
export function started(more: Some<TraceStarted> = {}): Said {
  const value: TraceStarted = {
    ...TraceStarted.create(),
    node: {
      name: "lab",
      bootId: "5d3a8a2e-6f0c-4b8e-9c52-0f2a6a3f7d11",
      kernelRelease: "6.12.0",
      architecture: "x86_64",
      version: "0.1.0",
      epoch: 0x1122334455667788n,
    },
    clock: { monotonicNs: 5_000_000_000n, boottimeNs: 6_000_000_000n, realtimeNs: 1_790_000_000_000_000_000n },
    backend: Backend.BACKEND_TRACEPOINT,
    traceId: 0xfedcba9876543210n,
    ...more,
  };
  return { $case: "started", value };
}

/** Functions of a dictionary, numbered from 1. */
export function functionTable(...names: string[]): TraceStarted["functions"] {
  return names.map((name, index) => ({ functionId: index + 1, name, module: "vmlinux", group: "ipv4", egress: false }));
}

/** Journeys in one message. */
export function batch(...journeys: PacketJourney[]): Said {
  return { $case: "batch", value: { journeys } };
}

/** The end of a trace that reached its limit. */
export function ended(more: Some<TraceEnded> = {}): Said {
  const value = { ...TraceEnded.create(), reason: TraceEndReason.TRACE_END_REASON_LIMIT, ...more };
  return { $case: "ended", value };
}

/** An account. */
export function account(more: Some<Account>): Account {
  return { ...Account.create(), ...more };
}

/** The bytes of the messages of one stream, numbered from 1. `tokens` makes them those of a session. */
export function stream(
  said: readonly (Said | undefined)[],
  tokens: readonly (string | undefined)[] = [],
): Uint8Array[] {
  return said.map((event, index) => {
    const message = { ...TraceResponse.create(), sequence: BigInt(index + 1), event };
    message.resumeToken = Buffer.from(tokens[index] ?? "");
    return TraceResponse.encode(message).finish();
  });
}

/** A field of a module. */
export interface FieldSpec extends Some<CustomField> {
  readonly name: string;
  readonly kind: CustomKind;
}

/** Modules with their fields, numbered through from 1. */
export function schemas(modules: Readonly<Record<string, readonly FieldSpec[]>>): CustomSchema[] {
  let fieldId = 0;
  return Object.entries(modules).map(([name, fields], index) => ({
    ...CustomSchema.create(),
    schemaId: index + 1,
    name,
    fields: fields.map((field) => {
      fieldId++;
      return { ...CustomField.create(), fieldId, ...field };
    }),
  }));
}

/** A value: bigint is unsigned, `{ signed }` signed, text and bytes are bytes; undefined says nothing. */
export function value(
  fieldId: number,
  given: bigint | { readonly signed: bigint } | string | Uint8Array | undefined,
): CustomValue {
  if (given === undefined) return { fieldId };
  if (typeof given === "bigint") return { fieldId, value: { $case: "unsignedValue", value: given } };
  if (typeof given === "string" || given instanceof Uint8Array) {
    return { fieldId, value: { $case: "bytesValue", value: Buffer.from(given as Uint8Array) } };
  }
  return { fieldId, value: { $case: "signedValue", value: given.signed } };
}
