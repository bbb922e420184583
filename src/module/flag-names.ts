/** Which constants of an enum name bits. */
import type { CustomName } from "../gen/ipftrace/v1/custom.js";

/**
 * Names that say something of a value made of bits. Some of the kernel's enums have more: the numbers of
 * the bits (IPS_ASSURED_BIT = 2 beside IPS_ASSURED = 4), of which 3 would look like two bits, and unions
 * of bits that have names of their own (IPS_NAT_MASK), which would say them twice.
 */
export function flagNames(names: readonly CustomName[]): CustomName[] {
  const byName = new Map(names.map(({ name, value }) => [name, value]));
  const isNumber = ({ name, value }: CustomName): boolean =>
    name.endsWith("_BIT") && value < 64n && byName.get(name.slice(0, -"_BIT".length)) === 1n << value;
  const hasNumbers = names.some(isNumber);
  const masks = names.filter(({ name }) => !(hasNumbers && name.endsWith("_BIT")));
  const bits = masks.reduce((all, { value }) => (isOneBit(value) ? all | value : all), 0n);
  return masks.filter(({ value }) => isOneBit(value) || (value & ~bits) !== 0n);
}

function isOneBit(value: bigint): boolean {
  return value !== 0n && (value & (value - 1n)) === 0n;
}
