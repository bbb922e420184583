import type { Kernel } from "../../src/collector/state.js";

/** What a test's kernel has. */
interface Facts {
  /** Position of the sk_buff of each function that BTF describes; 0 for none. */
  readonly positions?: Readonly<Record<string, number>>;
  /** Position of another sk_buff of functions that have two. */
  readonly seconds?: Readonly<Record<string, number>>;
  /** Functions that can be probed, with their modules; not given: the kernel does not tell. */
  readonly probeable?: Readonly<Record<string, string>>;
  readonly tracepoints?: Readonly<Record<string, number>>;
  /** Names of several functions, with their number. */
  readonly copies?: Readonly<Record<string, number>>;
  /** Where functions are, as far as the kernel tells. */
  readonly addresses?: Readonly<Record<string, readonly bigint[]>>;
  readonly changed?: Readonly<Record<string, string>>;
}

/** A kernel of which only these facts are known. */
export function fakeKernel(facts: Facts): Kernel {
  const {
    positions = {},
    seconds = {},
    probeable,
    tracepoints = {},
    copies = {},
    addresses = {},
    changed = {},
  } = facts;
  const known = Object.entries(tracepoints).map(([name, position]) => ({
    name,
    position,
    argumentCount: position,
    module: "vmlinux",
  }));
  return {
    skbPosition: (name, preferred = 0) => (seconds[name] === preferred ? preferred : positions[name]),
    skbFunctions: () => Object.keys(positions).filter((name) => positions[name] !== 0),
    tracepoint: (name) => known.find((one) => one.name === name),
    tracepoints: () => known,
    addresses: (name) => addresses[name] ?? [],
    probeable: () =>
      probeable && {
        get: (name) => probeable[name],
        count: (name) => copies[name] ?? Number(name in probeable),
        changedName: (name) => changed[name],
      },
  };
}
