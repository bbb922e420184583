/** The checker of the rooms: which folder of src/ may import what, as ARCHITECTURE.md says. */
import { posix } from "node:path";
import { type Import, importsOf } from "./imports.js";

/** One row of the table. */
export interface Room {
  /** `btf/` for a folder of src/, `errors.ts` for a file that is a room of its own. */
  readonly name: string;
  /** Rooms that its files may import; true: also values, false: types only. */
  readonly rooms: ReadonlyMap<string, boolean>;
  /** Packages that its files may import, `node:` modules included. */
  readonly packages: ReadonlySet<string>;
}

const HEADER = /^\| room \| .* \| may import \| packages \|$/;

/** Reads the table of rooms out of a Markdown text. @throws Error when there is none, or a row is not understood. */
export function parseRooms(markdown: string): Room[] {
  const lines = markdown.split("\n");
  const header = lines.findIndex((line) => HEADER.test(line));
  if (header < 0) throw new Error("there is no table with the columns room, …, may import, packages");
  const end = lines.findIndex((line, index) => index > header && !line.startsWith("|"));
  return lines.slice(header + 2, end < 0 ? lines.length : end).map(parseRow);
}

function parseRow(line: string): Room {
  const cells = line.slice(1, -1).split("|");
  const [name = "", , rooms = "", packages = ""] = cells.map((cell) => cell.trim());
  const [, room = ""] = /^`([\w-]+(?:\/|\.ts))`$/.exec(name) ?? [];
  if (room === "" || cells.length !== 4) throw new Error(`this row of the table is not understood: ${line}`);
  return {
    name: room,
    rooms: new Map(names(rooms).map(({ name, typesOnly }) => [name, !typesOnly])),
    packages: new Set(names(packages).map(({ name }) => name)),
  };
}

/** The names of a cell: "`errors.ts`, `gen/` (types)"; "none". */
function names(cell: string): { name: string; typesOnly: boolean }[] {
  if (cell === "none") return [];
  return cell.split(",").map((item) => {
    const match = /^`([^`]+)`( \(types\))?$/.exec(item.trim());
    if (match?.[1] === undefined) throw new Error(`"${item.trim()}" in the table is neither none nor a \`name\``);
    return { name: match[1], typesOnly: match[2] !== undefined };
  });
}

/** The room of a file, by its path below src/. */
function roomOf(path: string): string {
  return /^[^/]+(?:\/|$)/.exec(path)?.[0] ?? path;
}

/** Every fault of a tree, in sentences. `files` are sources by their path below src/. */
export function findFaults(files: ReadonlyMap<string, string>, rooms: readonly Room[]): string[] {
  const uses = [...files].flatMap(([path, source]) => importsOf(source).map((one) => resolve(path, one)));
  const present = new Set([...files.keys()].map(roomOf));
  const known = new Map(rooms.map((room) => [room.name, room]));
  return [
    ...[...files.keys()]
      .filter((path) => !known.has(roomOf(path)))
      .map((path) => `${path}: its room is not in the table`),
    ...rooms.filter(({ name }) => !present.has(name)).map(({ name }) => `${name}: is in the table and has no files`),
    ...uses.flatMap((use) => useFault(use, known.get(roomOf(use.path))) ?? []),
    ...rooms.flatMap((room) => unusedPermissions(room, uses)),
    ...findCycle(uses),
  ];
}

interface Use {
  readonly path: string;
  /** The room imported, or undefined for a package. */
  readonly room: string | undefined;
  readonly name: string;
  readonly typesOnly: boolean;
}

function resolve(path: string, { specifier, typesOnly }: Import): Use {
  if (!specifier.startsWith(".")) return { path, room: undefined, name: packageOf(specifier), typesOnly };
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
  return { path, room: roomOf(target), name: roomOf(target), typesOnly };
}

/** `@grpc/grpc-js` of `@grpc/grpc-js/build/x.js`; `node:fs` of `node:fs/promises`. */
function packageOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

function useFault({ path, room, name, typesOnly }: Use, own: Room | undefined): string | undefined {
  if (own === undefined || room === own.name) return undefined;
  if (room === undefined) {
    return own.packages.has(name) ? undefined : `${path}: ${own.name} may not import the package ${name}`;
  }
  const values = own.rooms.get(room);
  if (values === undefined) return `${path}: ${own.name} may not import ${room}`;
  return values || typesOnly ? undefined : `${path}: ${own.name} may import types of ${room} only`;
}

/** What the table allows and nobody does: the table says what is, not what was. */
function unusedPermissions({ name, rooms, packages }: Room, uses: readonly Use[]): string[] {
  const own = uses.filter(({ path }) => roomOf(path) === name);
  const imported = new Set(own.map((use) => use.name));
  const values = new Set(own.filter(({ typesOnly }) => !typesOnly).map((use) => use.name));
  return [
    ...[...rooms.keys(), ...packages]
      .filter((one) => !imported.has(one))
      .map((one) => `${name}: the table allows ${one}, which it does not import`),
    ...[...rooms].flatMap(([one, allowed]) =>
      allowed && imported.has(one) && !values.has(one)
        ? [`${name}: imports types of ${one} only, and the table allows values`]
        : [],
    ),
  ];
}

/** The first circle of rooms that import each other, types included. */
function findCycle(uses: readonly Use[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const { path, room } of uses) {
    const from = roomOf(path);
    if (room === undefined || room === from) continue;
    next.set(from, (next.get(from) ?? new Set()).add(room));
  }
  const done = new Set<string>();
  const walk = (room: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(room)) return [...way.slice(way.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const one of next.get(room) ?? []) {
      const cycle = walk(one, [...way, room]);
      if (cycle !== undefined) return cycle;
    }
    done.add(room);
    return undefined;
  };
  for (const room of next.keys()) {
    const cycle = walk(room, []);
    if (cycle !== undefined) return [`rooms import each other: ${cycle.join(" → ")}`];
  }
  return [];
}
