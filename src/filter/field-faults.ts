import type { Violation } from "../errors.js";
import type { FlowFilter, LengthRange, MarkCondition, NetworkNamespace } from "../gen/ipftrace/v1/filter.js";
import { countFaults } from "./count-faults.js";
import { parseInterfaceName } from "./interface-names.js";
import { parseNamespaceName } from "./namespace-names.js";

/** Everything that is wrong with what one entry asks of a packet beside its flow. */
export function* fieldFaults(flow: FlowFilter, path: string): Generator<Violation> {
  yield* listFaults(flow.marks, `${path}.marks`, markFault);
  yield* listFaults(flow.interfaceNames, `${path}.interface_names`, (name) => errorOf(parseInterfaceName(name)));
  yield* listFaults(flow.netns, `${path}.netns`, namespaceFault);
  yield* listFaults(flow.lengths, `${path}.lengths`, lengthFault);
  yield* listFaults(flow.cgroupIds, `${path}.cgroup_ids`, (id) =>
    id === 0n ? `0 is not the id of a control group: give the inode number of its directory` : undefined,
  );
}

function* listFaults<T>(
  values: readonly T[],
  field: string,
  faultOf: (value: T) => string | undefined,
): Generator<Violation> {
  yield* countFaults(values, field);
  for (const [index, value] of values.entries()) {
    const description = faultOf(value);
    if (description !== undefined) yield { field: `${field}[${index}]`, description };
  }
}

function errorOf(parsed: { value: string } | { error: string }): string | undefined {
  return "error" in parsed ? parsed.error : undefined;
}

function markFault({ value, mask }: MarkCondition): string | undefined {
  if (mask === 0 || (value & ~mask) === 0) return undefined;
  const [hexValue, hexMask] = [value, mask].map((number) => `0x${number.toString(16)}`);
  return `value ${hexValue} has bits outside of mask ${hexMask}, so that no mark matches: clear them, or widen the mask`;
}

function namespaceFault({ namespace }: NetworkNamespace): string | undefined {
  switch (namespace?.$case) {
    case "inode":
      return namespace.value === 0 ? "inode 0 is no network namespace: give the number that hops show" : undefined;
    case "name":
      return errorOf(parseNamespaceName(namespace.value));
    case undefined:
      return "names no network namespace: give inode or name";
  }
}

function lengthFault({ min, max }: LengthRange): string | undefined {
  if (min === 0 && max === 0) return "asks nothing: give min, max or both, in bytes";
  return max !== 0 && max < min ? `min ${min} is above max ${max}: no length is in between` : undefined;
}
