/** Whether the scenarios would notice a module that reads the wrong thing: their traces are falsified, field by field. */
import type { CustomValue } from "../../../src/gen/ipftrace/v1/custom.js";
import type { PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import type { Kernel, Scenario } from "./scenario.js";
import type { Seen } from "./seen.js";

type Falsify = (value: CustomValue) => CustomValue;

/** What a wrong path could read: something near, or nothing but zeros. */
const lies: Readonly<Record<string, Falsify>> = {
  "another value": (one) => changed(one, (value) => value ^ 1n),
  zero: (one) => changed(one, () => 0n),
};

/** Whether a scenario traces with shipped modules. */
export function hasModules({ modules }: Scenario): boolean {
  return modules !== undefined;
}

/** Fields, as "gso.len: zero", whose falsified values pass every one of the scenarios. */
export function unnoticed(scenarios: readonly Scenario[], kernel: Kernel, read: (name: string) => Seen): string[] {
  const noticed = new Map<string, boolean>();
  for (const scenario of scenarios) {
    const seen = read(scenario.name);
    const schemas = seen.started.schemas.filter(({ name }) => scenario.modules?.includes(name));
    const fields = schemas.flatMap((schema) => schema.fields.map((field) => ({ ...field, module: schema.name })));
    for (const { module, name, fieldId } of fields.filter(({ absentReason }) => absentReason === "")) {
      for (const [lie, falsify] of Object.entries(lies)) {
        const key = `${module}.${name}: ${lie}`;
        const isNoticed = noticed.get(key) || fails(scenario, falsified(seen, fieldId, falsify), kernel);
        noticed.set(key, isNoticed);
      }
    }
  }
  return [...noticed].filter(([, isNoticed]) => !isNoticed).map(([key]) => key);
}

function fails({ expect }: Scenario, seen: Seen, kernel: Kernel): boolean {
  try {
    expect(seen, kernel);
    return false;
  } catch {
    return true;
  }
}

function falsified(seen: Seen, fieldId: number, falsify: Falsify): Seen {
  const journeys = seen.journeys.map((journey): PacketJourney => {
    const hops = journey.hops.map((hop) => ({
      ...hop,
      custom: hop.custom.map((one) => (one.fieldId === fieldId ? falsify(one) : one)),
    }));
    return { ...journey, hops };
  });
  return { ...seen, journeys };
}

function changed(one: CustomValue, change: (value: bigint) => bigint): CustomValue {
  const { value } = one;
  if (value === undefined) return one;
  if (value.$case !== "bytesValue") return { ...one, value: { ...value, value: change(value.value) } };
  const bytes = Buffer.from(value.value.map((byte) => Number(change(BigInt(byte)))));
  return { ...one, value: { ...value, value: bytes } };
}
