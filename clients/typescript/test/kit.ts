/** The files of clients/conformance; IPFTRACE_CONFORMANCE tells where they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BinaryReader } from "@bufbuild/protobuf/wire";

const besides = fileURLToPath(new URL("../../conformance", import.meta.url));

/** Where they are. */
export const kit = process.env["IPFTRACE_CONFORMANCE"] ?? besides;

/** The messages of a stream, as they come on the wire. */
export function readMessages(path: string): Buffer[] {
  const reader = new BinaryReader(readFileSync(join(kit, path)));
  const messages: Buffer[] = [];
  while (reader.pos < reader.len) messages.push(Buffer.from(reader.bytes()));
  return messages;
}

/** The objects of a file of JSON lines. */
export function readLines(path: string): unknown[] {
  return parseLines(readFileSync(join(kit, path), "utf8"));
}

/** The objects of JSON lines. */
export function parseLines(text: string): unknown[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

/** A file as text. */
export function readText(path: string): string {
  return readFileSync(join(kit, path), "utf8");
}
