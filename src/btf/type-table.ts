/**
 * Finds types by name over all tables of a kernel: its own first, then those of its modules,
 * which are read only where the kernel's own has no answer.
 */
import { type Btf, Kind } from "./btf.js";
import { enumerators, enumValue, type TypeRef } from "./types.js";

/** A named constant of the kernel. */
export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

/** All types of one kernel. */
export class TypeTable {
  readonly #kernel: Btf;
  readonly #modules: () => Iterable<Btf>;

  /** `modules` is asked each time that a name is not the kernel's own. */
  constructor(kernel: Btf, modules: () => Iterable<Btf>) {
    this.#kernel = kernel;
    this.#modules = modules;
  }

  /** The same with a table that comes first, of which nothing else refers to the kernel's. */
  before(first: Btf): TypeTable {
    return new TypeTable(first, () => this.#tables());
  }

  /** void. */
  get nothing(): TypeRef {
    return { btf: this.#kernel, id: 0 };
  }

  /** The first type of a name that is of one of the {@link Kind}s; undefined when there is none. */
  find(kinds: readonly number[], name: string): TypeRef | undefined {
    for (const btf of this.#tables()) {
      for (const kind of kinds) {
        const id = btf.find(kind, name);
        if (id !== undefined) return { btf, id };
      }
    }
    return undefined;
  }

  /** The type behind typedefs and qualifiers; for a struct that its table only declares, its definition. */
  resolve({ btf, id }: TypeRef): TypeRef {
    const bare = btf.skipModifiers(id);
    if (btf.kind(bare) !== Kind.FWD) return { btf, id: bare };
    return this.find([btf.flag(bare) ? Kind.UNION : Kind.STRUCT], btf.name(bare)) ?? { btf, id: bare };
  }

  /** A constant by its name. */
  enumerator(name: string): Enumerator | undefined {
    for (const btf of this.#tables()) {
      const nameOffset = btf.stringOffset(name);
      if (nameOffset === undefined) continue;
      for (const id of enums(btf)) {
        for (let i = 0; i < btf.length(id); i++) {
          if (btf.item(id, i, 0) === nameOffset) return { name, value: enumValue(btf, id, i) };
        }
      }
    }
    return undefined;
  }

  /** The constants whose name begins so, by value; of the first table that has any. */
  enumeratorsLike(prefix: string): Enumerator[] {
    for (const btf of this.#tables()) {
      const found = new Map<string, bigint>();
      for (const id of enums(btf)) {
        for (const [name, value] of enumerators(btf, id)) if (name.startsWith(prefix)) found.set(name, value);
      }
      if (found.size > 0) return [...found].map(([name, value]) => ({ name, value })).sort(byValue);
    }
    return [];
  }

  /** An enum by its name. */
  enumeration(name: string): TypeRef | undefined {
    return this.find([Kind.ENUM, Kind.ENUM64], name);
  }

  /** Names of all enums of the kernel itself. */
  enumNames(): string[] {
    return [...enums(this.#kernel)].map((id) => this.#kernel.name(id)).filter((name) => name !== "");
  }

  *#tables(): Generator<Btf> {
    yield this.#kernel;
    yield* this.#modules();
  }
}

function byValue(left: Enumerator, right: Enumerator): number {
  return left.value < right.value ? -1 : Number(left.value > right.value);
}

function* enums(btf: Btf): Generator<number> {
  for (let id = btf.firstId; id < btf.count; id++) {
    const kind = btf.kind(id);
    if (kind === Kind.ENUM || kind === Kind.ENUM64) yield id;
  }
}
